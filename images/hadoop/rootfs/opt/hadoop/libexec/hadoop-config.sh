# shellcheck shell=bash
# hadoop-config.sh: what scripts of other projects source to find Hadoop.
. /opt/hadoop/libexec/hadoop-env
export HADOOP_COMMON_HOME=$HADOOP_HOME HADOOP_HDFS_HOME=$HADOOP_HOME HADOOP_YARN_HOME=$HADOOP_HOME HADOOP_MAPRED_HOME=$HADOOP_HOME
export CLASSPATH=$HADOOP_CONF_DIR:$FERRY_HADOOP_CP
