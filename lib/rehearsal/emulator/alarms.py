"""Evaluates alarms over whole periods, twelve times as fast as CloudWatch; ministack's own way ignores metric math.

A period of a minute is five seconds here, and begins with the clock: CloudWatch's slides. Of metric math it knows what alarms whose
metrics are published here ask for: no anomaly band, no RATE, no DIFF. An alarm whose metrics nobody publishes here is left as it is.
lib/commands/alarms is the evaluator that holds alarms to CloudWatch's rules.
"""

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from .patching import patch

log = logging.getLogger("holdfast")

SPEED = 12
_POLL_SECONDS = 1
_COMPARE = {
    "GreaterThanThreshold": lambda value, line: value > line,
    "GreaterThanOrEqualToThreshold": lambda value, line: value >= line,
    "LessThanThreshold": lambda value, line: value < line,
    "LessThanOrEqualToThreshold": lambda value, line: value <= line,
}


class Unknown(Exception):
    """The alarm asks for something that isn't known here."""


def _fill(value, filler):
    return filler if value is None else value


def _of_known(reduce):
    """Over those of the series that have data; none where none has."""

    def over(*given):
        values = given[0] if len(given) == 1 and isinstance(given[0], list) else given
        known = [value for value in values if value is not None]
        return reduce(known) if known else None

    return over


# of CloudWatch's functions those that our alarms use
_FUNCTIONS = {
    "IF": lambda condition, yes, no: yes if condition else no,
    "FILL": _fill,
    **{reduce.__name__.upper(): _of_known(reduce) for reduce in (sum, max, min)},
}


def _points(metric):
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions", []))
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    return cloudwatch._metrics.get(key) or []


def _statistic(points, name, begin, end):
    inside = [each for each in points if begin <= each["Timestamp"] < end]
    stats = cloudwatch._calc_stats(inside)
    return cloudwatch._stat_value(stats, name, inside) if stats else None


def _queries(alarm):
    """The alarm's metrics and expressions by id, and the id that it watches."""
    given = alarm.get("Metrics")
    if not given:
        metric = {name: alarm.get(name) for name in ("Namespace", "MetricName")}
        metric["Dimensions"] = alarm.get("Dimensions") or []
        stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return {"it": {"Metric": metric, "Stat": stat, "Period": alarm.get("Period", 60)}}, {}, "it"
    stats = {each["Id"]: each["MetricStat"] for each in given if each.get("MetricStat")}
    expressions = {each["Id"]: each["Expression"] for each in given if each.get("Expression")}
    watched = [each["Id"] for each in given if str(each.get("ReturnData", True)).lower() != "false"]
    return stats, expressions, watched[-1]


def _value(name, stats, expressions, points, begin, end):
    """What a metric or expression is in one period; None when it has no data then."""
    if name in stats:
        return _statistic(points[name], stats[name]["Stat"], begin, end)
    if name not in expressions:
        raise Unknown(name)

    class Names(dict):
        def __missing__(self, key):
            return _value(key, stats, expressions, points, begin, end)

    expression = expressions[name].replace("&&", " and ").replace("||", " or ")
    try:
        # of our own templates
        return eval(expression, {"__builtins__": {}}, Names(_FUNCTIONS))  # noqa: S307
    except (TypeError, ZeroDivisionError):
        return None
    except SyntaxError as error:
        raise Unknown(expression) from error


def _state(alarm, now):
    """The state that the data speaks for, or None where it speaks for none."""
    stats, expressions, watched = _queries(alarm)
    points = {name: _points(each["Metric"]) for name, each in stats.items()}
    compare = _COMPARE.get(alarm.get("ComparisonOperator"))
    if compare is None or not any(points.values()):
        return None
    width = max(int(each.get("Period") or 60) for each in stats.values()) / SPEED
    count = int(alarm.get("EvaluationPeriods") or 1)
    last = int(now // width) * width
    periods = [(last - (back + 1) * width, last - back * width) for back in range(count)]
    values = [_value(watched, stats, expressions, points, *each) for each in periods]
    missing = alarm.get("TreatMissingData") or "missing"
    if all(value is None for value in values) and missing in ("ignore", "missing"):
        return None if missing == "ignore" else "INSUFFICIENT_DATA"
    line = float(alarm.get("Threshold") or 0)
    breaching = sum(missing == "breaching" if value is None else compare(value, line) for value in values)
    return "ALARM" if breaching >= int(alarm.get("DatapointsToAlarm") or count) else "OK"


def _evaluate(alarm):
    try:
        new = _state(alarm, time.time())
    except Unknown as error:
        log.debug("not evaluated: %s (%s)", alarm["AlarmName"], error)
        return
    old = alarm["StateValue"]
    if new is None or new == old:
        return
    reason = f"Evaluated over {alarm.get('EvaluationPeriods')} periods, each {SPEED} times shorter than in AWS"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _loop():
    while True:
        time.sleep(_POLL_SECONDS)
        for account, region, name in list(cloudwatch._alarms._data):
            with request_scope(account, region):
                alarm = cloudwatch._alarms.get(name)
                if alarm is None:  # deleted meanwhile
                    continue
                try:
                    _evaluate(alarm)
                except Exception:  # one alarm must not stop the others
                    log.exception("not evaluated: %s", name)


def install():
    patch(cloudwatch, "_evaluate_alarm", lambda _original: _evaluate)


def start():
    threading.Thread(target=_loop, daemon=True, name="alarms").start()
