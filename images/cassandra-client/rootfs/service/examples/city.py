#!/opt/client/bin/python
"""The Python driver: reads what city.cql has written."""
import os

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
from cassandra.query import SimpleStatement

file = os.environ.get("BACKEND_STORAGE_PASSWORD_FILE")
auth = PlainTextAuthProvider(os.environ["BACKEND_STORAGE_USER"], open(file).read()) if file else None
cluster = Cluster([os.environ["BACKEND_STORAGE_IP"]], auth_provider=auth)
# At the driver's default, one copy, a row that was just written may not be found.
cities = SimpleStatement("SELECT name, people FROM city", consistency_level=ConsistencyLevel.QUORUM)
for row in cluster.connect("demo").execute(cities):
    print(row.name, row.people)
cluster.shutdown()
