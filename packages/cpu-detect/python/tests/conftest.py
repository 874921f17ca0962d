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
# Once a Python has seen all examples, the others show that they run the same code.
settings.register_profile("few", parent=settings.get_profile("gate"), max_examples=5)
settings.load_profile("gate")
