"""What a launcher says of a run: that its worker was refused, never started, or ended early."""

LAUNCHES = {
    # workers that are processes of this machine
    "LAUNCH_REJECTED.process": "the worker cannot be started: %(detail)s",
    "WORKER_LOST.killed": "The worker was killed (signal 9), by hand or for want of memory. Run it again.",
    "WORKER_LOST.signal": "The worker was ended by signal %(number)s. Run it again.",
    "WORKER_LOST.silent": (
        "The worker ended with exit code %(number)s before it could store an end: it said nothing"
    ),
    "WORKER_LOST.exit": (
        "The worker ended with exit code %(number)s before it could store an end: %(detail)s"
    ),
    # Jobs that ended
    "DEADLINE_EXCEEDED.job": (
        "The run was ended after %(seconds)s seconds, all that it may take, waiting included. Choose a "
        "shorter range or longer bars, or ask an operator to raise activeDeadlineSeconds."
    ),
    "EVICTED": "The run's pod was evicted from its node, which was drained or needed the room. Run it again.",
    "WORKER_LOST.backoff": (
        "Every worker of the run ended early: stopped from outside, without its database, or unable to "
        "start. Run it again; if that does not help, an operator finds out more with %(command)s."
    ),
    "WORKER_LOST.job": "The run's Job failed (%(detail)s); an operator finds out more with %(command)s.",
    "WORKER_LOST.worker": (
        "The worker ended with exit code %(number)s before it could store why; see %(command)s."
    ),
    "OUT_OF_MEMORY.limit": (
        "The worker was killed (exit code 137), probably because it needed more than its memory limit of "
        "%(limit)s. Choose a shorter range or longer bars, or ask an operator to raise the limit; "
        "%(command)s tells more."
    ),
    "OUT_OF_MEMORY.node": (
        "The worker was killed (exit code 137), probably because its node ran out of memory. Choose a "
        "shorter range or longer bars, or ask an operator to raise the limit; %(command)s tells more."
    ),
    "BAD_CONFIGURATION": (
        "The worker refused its configuration; an operator finds out which variable with %(command)s."
    ),
    # Jobs that did not start
    "START_DEADLINE.no_pod": (
        "No pod could be made for the run: the quota of namespace %(namespace)s has no room for a pod, "
        "ServiceAccount %(account)s is missing, or a policy refuses the pod. %(rest)s"
    ),
    "START_DEADLINE.pod": "The run's pod did not start in time: %(causes)s. %(rest)s",
    # Jobs that Kubernetes does not take
    "LAUNCH_REJECTED.quota": "The quota of namespace %(namespace)s leaves no room for any run: %(detail)s",
    "LAUNCH_REJECTED.rights": (
        "The web app may not create Jobs in namespace %(namespace)s; an operator has to give its "
        "ServiceAccount create, get, list and delete on jobs.batch. Kubernetes says: %(detail)s"
    ),
    "LAUNCH_REJECTED.namespace": (
        "Namespace %(namespace)s is not there; an operator has to create it. Kubernetes says: %(detail)s"
    ),
    "LAUNCH_REJECTED.job": (
        "Kubernetes refuses the run's Job; an operator has to mend the worker's template or the policy that "
        "refuses it. Kubernetes says: %(detail)s"
    ),
    "LAUNCH_REJECTED.foreign": (
        "A Job named %(name)s is there that is not this run's; it was left as it is. An operator finds out "
        "whose it is with %(command)s."
    ),
}

PARTS_OF_LAUNCHES = {
    "START_DEADLINE.find_out": "An operator finds out which with %(command)s; then run it again.",
    "START_DEADLINE.causes": "%(first)s, or %(second)s",
    "START_DEADLINE.image": "its image %(image)s cannot be pulled",
    "START_DEADLINE.room": "no node has room for it",
    "START_DEADLINE.room_for_cpu": "no node has room for %(cpu)s of cpu",
    "START_DEADLINE.room_for_memory": "no node has room for %(memory)s of memory",
    "START_DEADLINE.room_for_both": "no node has room for %(cpu)s of cpu and %(memory)s of memory",
    "START_DEADLINE.missing": "%(sources)s is missing",
    "START_DEADLINE.sources": "%(first)s or %(second)s",
}
