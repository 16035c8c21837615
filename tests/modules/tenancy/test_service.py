"""Tenants, keys and sign-in."""

from __future__ import annotations

from everlearn.core import rest
from everlearn.modules.tenancy import service


def test_key_authenticates_its_own_tenant(database, tenant, other_tenant):
    with database.tx(tenant) as tx:
        key = service.create_key(tx, name="k")
    who = rest.authenticate(database, key.secret)
    assert who is not None
    assert who.tenant_id == tenant != other_tenant


def test_other_tenant_sees_no_key(tx, rival):
    service.create_key(tx, name="k")
    with rival.tx() as other:
        assert service.list_keys(other) == []
