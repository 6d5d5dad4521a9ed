"""How the other modules change ministack: by name, and loudly when the name has gone. Knows no service."""

import sys


def patch(module, name, make, *importers):
    """Replaces module.name by make(original), also in its dispatch tables and in modules that imported it by name."""
    if not hasattr(module, name):
        sys.exit(f"the emulator: expected {module.__name__}.{name}, got none; is ministack another version?")
    original = getattr(module, name)
    replacement = make(original)
    for holder in (module, *importers):
        if getattr(holder, name, None) is not original:
            sys.exit(f"the emulator: expected {holder.__name__} to use {module.__name__}.{name}, got none")
        setattr(holder, name, replacement)
    for table in [value for value in vars(module).values() if type(value) is dict]:
        for key in [key for key, value in table.items() if value is original]:
            table[key] = replacement


def after(handlers, resource_type, act):
    """Calls act(physical id, properties) after a resource of the type was created or updated."""
    handler = handlers[resource_type]
    create = handler["create"]
    update = handler.get("update")

    def created(logical_id, properties, stack):
        result = create(logical_id, properties, stack)
        act(result[0], properties)
        return result

    def updated(physical_id, old, new, *rest, **named):
        result = update(physical_id, old, new, *rest, **named)
        act(result[0], new)
        return result

    handler["create"] = created
    if update:
        handler["update"] = updated


def add_handlers(handlers, added):
    """Registers handlers of resource types, or of actions, that ministack lacks."""
    for name, handler in added.items():
        if name in handlers:
            sys.exit(f"the emulator: ministack knows {name} now, remove it here")
        handlers[name] = handler
