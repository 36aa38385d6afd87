#!/opt/client/bin/python
"""The graph of the gods, loaded once, and a question to it: who is the grandfather of
Hercules? The answer is saturn."""
import os
import sys

from gremlin_python.driver.client import Client

client = Client(os.environ["GREMLIN_URL"], "g")
if client.submit("g.V().has('name', 'hercules').count()").all().result() == [0]:
    client.submit("org.janusgraph.example.GraphOfTheGodsFactory.loadWithoutMixedIndex(graph, true)").all().result()
answer = client.submit("g.V().has('name', 'hercules').out('father').out('father').values('name')").all().result()
client.close()
print(answer)
sys.exit(answer != ["saturn"])
