"""How the property tests run: the machine may be busy, and runs are to be alike."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "gate",
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gate")
