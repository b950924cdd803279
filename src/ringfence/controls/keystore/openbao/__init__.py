"""Keys on an OpenBao or HashiCorp Vault server: one keystore for several hosts. Keeps CRY-02, CRY-03."""
