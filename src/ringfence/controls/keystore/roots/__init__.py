"""Where a root key may live: beside the data, in the environment, or in a key service that never hands it out.

Each module keeps the protocol of ringfence.controls.keystore.root. Keeps CRY-02.
"""
