"""An edge, a path over it, and both found again by their ids; text and geo predicates:
with gremlinpython's two serializers as they come, the first the default."""
import os

from ferry_janusgraph import Geo, Geoshape, Text
from gremlin_python.driver.driver_remote_connection import DriverRemoteConnection
from gremlin_python.driver.serializer import GraphSONSerializersV3d0
from gremlin_python.process.anonymous_traversal import traversal

for way in (None, GraphSONSerializersV3d0()):
    connection = DriverRemoteConnection(os.environ["GREMLIN_URL"], "g", message_serializer=way)
    g = traversal().with_remote(connection)
    a = g.add_v("city").property("title", "東京").property("text", "Zürich am See").next()
    b = g.add_v("city").next()
    e = g.add_e("road").from_(a).to(b).property("length", 0.5).next()
    assert g.E(e.id).next() == e and g.E(e).next() == e and g.E(str(e.id)).next() == e, "an edge by its id"
    assert g.E(e.id).values("length").next() == 0.5
    path = g.V(a).out_e("road").in_v().path().next()
    assert list(path) == [a, e, b], path
    assert g.V(a).out_e().id_().to_list() == [e.id]
    assert g.V(a).values("title").next() == "東京"
    assert g.V(a).has("text", Text.text_contains("zürich")).count().next() == 1
    assert g.V(a).has("text", Text.text_prefix("See")).count().next() == 0
    g.E(e.id).drop().iterate()
    assert g.E(e.id).to_list() == [], "an edge dropped by its id"
    if way is None:
        for shape in (Geoshape.point(48.1, 11.6), Geoshape.box(0, 1, 2, 3), Geoshape.line([(0, 1), (2, 3)]),
                      Geoshape.polygon([(0, 0), (0, 1), (1, 1), (0, 0)])):
            v = g.add_v("place").property("at", shape).next()
            assert g.V(v).values("at").next() == shape, shape
        circle = Geoshape.circle(1, 2, 3)
        v = g.add_v("place").property("at", circle).property("center", Geoshape.point(48.1, 11.6)).next()
        assert abs(g.V(v).values("at").next().radius - 3) < 1e-9
        near = [g.V(v).has("center", Geo.geo_within(Geoshape.circle(lat, 11.6, 50))).count().next() for lat in (48.1, 0)]
        assert near == [1, 0], near
    connection.close()
    print("all found")
