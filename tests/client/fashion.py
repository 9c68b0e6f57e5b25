"""Fashion-MNIST is not everywhere: tests of the real images need Debian's package."""

import pytest
from assay_client.supplier import samples

needs_fashion_mnist = pytest.mark.skipif(
    not samples.FASHION_FOLDER.is_dir(), reason="needs Debian's package dataset-fashion-mnist (28 MB)"
)
