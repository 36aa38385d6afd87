#!/opt/client/bin/python
"""The Python driver: reads what city.cql has written."""
import os

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

file = os.environ.get("BACKEND_STORAGE_PASSWORD_FILE")
auth = PlainTextAuthProvider(os.environ["BACKEND_STORAGE_USER"], open(file).read()) if file else None
cluster = Cluster([os.environ["BACKEND_STORAGE_IP"]], auth_provider=auth)
for row in cluster.connect("demo").execute("SELECT name, people FROM city"):
    print(row.name, row.people)
cluster.shutdown()
