"""What the server counts about itself, for Prometheus; no user, merchant or address is in a label."""

from prometheus_client import CollectorRegistry, Counter

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
FILES_WRITTEN = Counter(
    "waymart_extract_files_written",
    "Files that were written because nobody had asked for them of this build before.",
    ["what", "form"],
    registry=REGISTRY,
)
