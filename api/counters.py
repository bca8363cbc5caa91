"""What the server counts about itself, for Prometheus; no user, merchant or address is in a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

REFUSALS = Counter(
    "waymart_refusals",
    "Requests that were refused, by why.",
    ["why"],
    registry=REGISTRY,
)
DOWNLOADS = Counter(
    "waymart_downloads",
    "Files or parts of files that were sent, by kind and form.",
    ["what", "form"],
    registry=REGISTRY,
)
PUBLISHED_AGE = Gauge(
    "waymart_published_age_seconds",
    "How long ago the build that is shown was published.",
    registry=REGISTRY,
)
AUDIT_WARNINGS = Gauge(
    "waymart_audit_unmet",
    "Expectations that the audit of the build that is shown did not find met.",
    registry=REGISTRY,
)
DISK_FREE = Gauge(
    "waymart_disk_free_bytes",
    "Free bytes of the disk that WAYMART_HOME is on.",
    registry=REGISTRY,
)
