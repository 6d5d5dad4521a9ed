"""One server of a group in our model of Auto Scaling: where it stands in its life, from its launch to its end. Knows no group's size.

A real server hears of its end from its metadata rather than by SIGTERM, and its target is its id rather than 127.0.0.1 with a port.
"""

import subprocess
import time
import uuid

from ministack.core.responses import now_iso
from ministack.services import alb, autoscaling

from . import hooks, programs, targets
from .health import SPEED, health_of

_KILL_SECONDS = 10
_MOST_ACTIVITIES = 100

running = {}  # instance id -> Instance
_ending = []  # processes of groups that are deleted, with the time of their end


def activity(group, description, cause):
    """Begins one of DescribeScalingActivities."""
    record = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group["AutoScalingGroupName"],
        "AutoScalingGroupARN": group["AutoScalingGroupARN"],
        "Description": description,
        "Cause": f"At {now_iso()} {cause}",
        "StartTime": now_iso(),
        "StatusCode": "InProgress",
        "Progress": 0,
    }
    activities = group.setdefault("_activities", [])
    activities.insert(0, record)
    del activities[_MOST_ACTIVITIES:]
    return record


class Instance:
    """A started one. Times are those of time.monotonic()."""

    def __init__(self, group, zone, cause):
        name = group["AutoScalingGroupName"]
        number, version = programs.template_version(group)
        self.id = f"i-{uuid.uuid4().hex[:17]}"
        self.port = programs.free_port({each.port for each in running.values()})
        self.waiting = {}  # see hooks
        self.until = 0.0  # end of the drain, or when it is killed
        self.in_service = 0.0  # since when
        self.registered = set()
        self.activity = activity(group, f"Launching a new EC2 instance: {self.id}", cause)
        self.record = {
            "InstanceId": self.id,
            "LifecycleState": "Pending",
            "HealthStatus": "Healthy",
            "AvailabilityZone": zone,
            "ProtectedFromScaleIn": bool(group["NewInstancesProtectedFromScaleIn"]),
        }
        if number:
            self.record["LaunchTemplate"] = {**group["LaunchTemplate"], "Version": number}
        self.process = programs.start(name, self.id, self.port, version)
        running[self.id] = self
        group["Instances"].append(self.record)

    @property
    def state(self):
        return self.record["LifecycleState"]

    @state.setter
    def state(self, state):
        self.record["LifecycleState"] = state

    @property
    def alive(self):
        """Counts for its group."""
        return not self.state.startswith("Terminat")

    def ended(self):
        return self.process.poll() is not None

    def target(self):
        return {"Id": "127.0.0.1", "Port": self.port}


def of(group):
    return [running[each["InstanceId"]] for each in group["Instances"] if each["InstanceId"] in running]


def _register(group, each):
    wanted = {arn for arn in group.get("TargetGroupARNs") or [] if arn in alb._tgs}
    for arn in wanted - each.registered:
        targets.add(arn, each.target())
    for arn in each.registered - wanted:
        targets.drain(arn, each.target())
    each.registered = wanted


def health_states(each):
    """What the balancers find of it."""
    return [health_of(alb._tgs[arn], each.target()).state for arn in each.registered if arn in alb._tgs]


def _done(each, status, message=""):
    each.activity.update(StatusCode=status, Progress=100, EndTime=now_iso())
    if message:
        each.activity["StatusMessage"] = message


def terminate(group, each, cause):
    """Takes it out of service; what it has under way gets the time of its target groups' drain."""
    if not each.alive:
        return
    launching = each.state.startswith("Pending")
    if launching:
        _done(each, "Cancelled" if "abandon" in cause else "Failed", cause)
    each.activity = activity(group, f"Terminating EC2 instance: {each.id}", cause)
    each.state = "Terminating"
    delays = [targets.drain(arn, each.target()) for arn in each.registered]
    each.registered = set()
    each.waiting = {}
    each.until = time.monotonic() + (0 if each.ended() else max(delays, default=0))


def _advance_pending(group, each, now):
    result = hooks.outcome(each, now)
    if result == "ABANDON":  # asked first: who says so ends at once
        hooks.failed_launch(group)
        terminate(group, each, "an instance was abandoned by its launch hook.")
        return
    if each.ended():
        hooks.failed_launch(group)
        terminate(group, each, f"an instance ended with code {each.process.returncode} before it was in service.")
        return
    if each.state == "Pending" and hooks.begin(group, each, hooks.LAUNCHING, now):
        each.state = "Pending:Wait"
        each.activity.update(StatusCode="MidLifecycleAction")
        return
    if result == "CONTINUE":
        each.state = "InService"
        each.in_service = now
        _register(group, each)
        _done(each, "Successful")
        hooks.good_launch(group)


def _advance_in_service(group, each, now):
    suspended = group.get("SuspendedProcesses") or {}
    _register(group, each)
    grace = float(group.get("HealthCheckGracePeriod") or 0) / SPEED
    if "HealthCheck" not in suspended:
        if each.ended():
            each.record["HealthStatus"] = "Unhealthy"
        elif "ELB" in group["HealthCheckType"] and now - each.in_service > grace and "unhealthy" in health_states(each):
            each.record["HealthStatus"] = "Unhealthy"
    if each.record["HealthStatus"] == "Unhealthy" and "ReplaceUnhealthy" not in suspended:
        kind = "EC2" if each.ended() else "ELB system"
        terminate(group, each, f"an instance was taken out of service in response to an {kind} health check failure.")


def _advance_end(group, each, now):
    """Drained, told of its end, waited for as long as a hook says, killed when it doesn't end by itself, gone."""
    if each.state == "Terminating" and now >= each.until:
        each.state = "Terminating:Proceed"
        each.until = now + _KILL_SECONDS
        if not each.ended():
            each.process.terminate()
            if hooks.begin(group, each, hooks.TERMINATING, now):
                each.state = "Terminating:Wait"
    if each.state == "Terminating:Wait" and (each.ended() or hooks.outcome(each, now)):
        each.state = "Terminating:Proceed"
        each.until = now + _KILL_SECONDS
    if each.state == "Terminating:Proceed":
        if each.ended():
            group["Instances"].remove(each.record)
            del running[each.id]
            _done(each, "Successful")
        elif now > each.until:
            each.process.kill()


def advance(group, each, now):
    """Moves it on where it is time."""
    if each.state.startswith("Pending"):
        _advance_pending(group, each, now)
    elif each.state == "InService":
        _advance_in_service(group, each, now)
    else:
        _advance_end(group, each, now)


def end_all(group):
    """Of a group that is deleted: without drain and hooks."""
    for each in of(group):
        for arn in each.registered:
            targets.drain(arn, each.target())
        each.process.terminate()
        _ending.append((each.process, time.monotonic() + _KILL_SECONDS))
        del running[each.id]
    group["Instances"].clear()


def reap(now):
    """Kills what doesn't end by itself."""
    for process, until in list(_ending):
        if process.poll() is not None:
            _ending.remove((process, until))
        elif now > until:
            process.kill()


def stop(seconds):
    """Ends every process, and returns when all are gone."""
    processes = [each.process for each in running.values()] + [process for process, _until in _ending]
    for process in processes:
        process.terminate()
    until = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def forget():
    """The processes of the last run ended with it."""
    for group in autoscaling._asgs._data.values():
        group["Instances"] = []
        hooks.good_launch(group)
