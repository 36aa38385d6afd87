:remote connect tinkerpop.server /opt/janusgraph/conf/remote.yaml session
:remote console
