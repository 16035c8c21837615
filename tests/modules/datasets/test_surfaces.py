from __future__ import annotations

from datetime import timedelta

from everlearn.core.testing.plugin import ACTOR, TEST_TIME
from everlearn.modules.datasets import service
from everlearn.modules.datasets.types import DatasetType


def test_data_sets_are_listed_for_their_tenant_only(client, client_other, database, tenant):
    with database.tx(tenant, actor=ACTOR) as tx:
        made = service.register(
            tx,
            name="delays",
            version="1",
            dataset_type=DatasetType.GENERAL,
            record_count=3,
            sha256="a" * 64,
            schema={},
            window=(TEST_TIME - timedelta(days=1), TEST_TIME),
            as_of=TEST_TIME,
        )
    listed = client.get("/v1/training_datasets?name=delays").json()["items"]
    assert [row["id"] for row in listed] == [str(made.id)]
    assert client.get(f"/v1/training_datasets/{made.id}").json()["record_count"] == 3
    assert client_other.get("/v1/training_datasets").json()["items"] == []
    assert client_other.get(f"/v1/training_datasets/{made.id}").status_code == 404
