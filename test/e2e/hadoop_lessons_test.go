//go:build e2e

package e2e

import (
	"strings"
)

// lesson is what a tutorial has one type in a client, and the lines that it shows.
type lesson struct{ name, script, want string }

// q asks Hive and prints rows only.
const q = `q() { beeline --silent=true --showHeader=false --outputformat=csv2 "$@"; }; export HADOOP_ROOT_LOGGER=ERROR,console; cd; `

// learn goes through lessons in a stack's client; each begins in the person's home.
func (h *home) learn(id string, lessons []lesson) {
	h.t.Helper()
	for _, l := range lessons {
		r := h.run("exec", "-i=false", id, "--", "bash", "-ec", q+l.script)
		var got []string
		for line := range strings.SplitSeq(r.out, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				got = append(got, line)
			}
		}
		if out := strings.Join(got, "\n"); r.code != 0 || out != l.want {
			h.t.Errorf("%s: got\n%s\nwant\n%s\n%s", l.name, out, l.want, r)
		}
	}
}

// Names and values that are not ASCII, in every place where a JVM could spoil them,
// also for a user who asks for the POSIX locale.
var alphabets = []lesson{
	{
		"a folder is put whole", `mkdir été && cd été && echo a >plain.txt && echo b >été.txt && echo c >東京.txt && LC_ALL=C hdfs dfs -put ../été . &&
		hdfs dfs -ls -C été && LC_ALL=C hdfs dfs -cat été/東京.txt`,
		"été/plain.txt\nété/été.txt\nété/東京.txt\nc",
	},
	{"job input and output", `hadoop jar $EXAMPLES wordcount été 数え >/dev/null 2>&1; hdfs dfs -cat 数え/part-r-00000`, "a\t1\nb\t1\nc\t1"},
	{"literals", `q -e "select 'é東京', length('é東京'), upper('zürich')"; echo "select 'ß東';" >f.sql; LC_ALL=C q -f f.sql`, "é東京,3,ZÜRICH\nß東"},
	{
		"partitions and comments", `q -e "create table t1 (v int comment 'größe') comment 'café' partitioned by (c string comment '城市名');
		insert into t1 partition (c) values (1,'Zürich'),(2,'東京'),(3,'東京'); select c, sum(v) from t1 group by c order by c; show partitions t1"
		q -e "show create table t1" | grep -o "COMMENT '[^']*'"`,
		"Zürich,1\n東京,5\nc=Zürich\nc=東京\nCOMMENT 'größe'\nCOMMENT 'café'\nCOMMENT '城市名'",
	},
}

// What Hadoop's own tutorials have one do.
var hadoopLessons = []lesson{
	{"streaming, in two ways, and a container's environment", `printf 'Zürich;21.5\nOslo;9.0\nZürich;25.1\n' >temps.csv; hdfs dfs -mkdir in; hdfs dfs -put temps.csv in
		cat >map.py <<'P'
#!/usr/bin/env python3
import sys
for line in sys.stdin:
    print("\t".join(line.strip().split(";")))
P
		mapred streaming -files map.py -mapper "python3 map.py" -reducer "sort -r" -input in -output out1 >/dev/null 2>&1
		hadoop jar $HADOOP_HOME/share/hadoop/tools/lib/hadoop-streaming-*.jar -D mapreduce.job.reduces=0 -mapper "bash -c 'cat >/dev/null; printenv LANG'" -input in/temps.csv -output out2 >/dev/null 2>&1
		hdfs dfs -cat out1/part*; hdfs dfs -cat out2/part-00000`, "Zürich\t25.1\nZürich\t21.5\nOslo\t9.0\nC.UTF-8"},
	{"distcp and an archive", `hadoop distcp in in2 >/dev/null 2>&1; hadoop archive -archiveName a.har -p /user/ferry in2 /user/ferry >/dev/null 2>&1; hdfs dfs -cat har:///user/ferry/a.har/in2/temps.csv | wc -l`, "3"},
	{
		"a job of one's own, with options of one's own", `cat >Längen.java <<'J'
import org.apache.hadoop.conf.Configuration; import org.apache.hadoop.fs.Path; import org.apache.hadoop.io.*; import org.apache.hadoop.mapreduce.*;
import org.apache.hadoop.mapreduce.lib.input.FileInputFormat; import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat; import org.apache.hadoop.util.GenericOptionsParser;
public class Längen {
  public static class M extends Mapper<LongWritable, Text, Text, IntWritable> {
    public void map(LongWritable k, Text v, Context c) throws java.io.IOException, InterruptedException {
      try {
        java.lang.reflect.Field f = java.util.regex.Pattern.class.getDeclaredField("pattern");
        f.setAccessible(true);
        c.write(new Text(v.toString().split(";")[0] + f.get(java.util.regex.Pattern.compile("!")) + System.getProperty("mine")), new IntWritable(v.toString().length()));
      } catch (ReflectiveOperationException e) { throw new java.io.IOException(e); }
    }
  }
  public static void main(String[] args) throws Exception {
    Configuration conf = new Configuration();
    String[] rest = new GenericOptionsParser(conf, args).getRemainingArgs();
    Job job = Job.getInstance(conf); job.setJarByClass(Längen.class); job.setMapperClass(M.class); job.setNumReduceTasks(0);
    job.setOutputKeyClass(Text.class); job.setOutputValueClass(IntWritable.class);
    FileInputFormat.addInputPath(job, new Path(rest[0])); FileOutputFormat.setOutputPath(job, new Path(rest[1]));
    System.exit(job.waitForCompletion(true) ? 0 : 1);
  }
}
J
		mkdir -p classes; javac -cp "$(hadoop classpath)" -d classes Längen.java; jar -cf l.jar -C classes .
		hadoop jar l.jar Längen -D mapreduce.job.ubertask.enable=false -D mapreduce.map.java.opts="-Xmx200m -Dmine=?" in lengths >/dev/null 2>&1; hdfs dfs -cat lengths/part*`,
		"Zürich!?\t11\nOslo!?\t8\nZürich!?\t11",
	},
	{
		"words", `hdfs lsSnapshottableDir; hdfs haadmin -help 2>&1 | grep -c checkHealth; start-dfs.sh 2>&1 | grep -o "nothing to do"
		for w in "hdfs nfs3" "mapred minicluster" "hdfs no-such-word" "hdfs dfs -ls s3a://b/"; do if $w >words 2>&1; then echo "$w ended well"; fi; tail -1 words; done; rm words`,
		"1\nnothing to do\nERROR: hdfs nfs3 is left out of Ferry's image: the gateway needs a portmapper as root\n" +
			"ERROR: mapred minicluster is left out of Ferry's image: it is a cluster within a JVM for Hadoop's own tests; a stack is a cluster\n" +
			"ERROR: no-such-word is not COMMAND nor fully qualified CLASSNAME.\nhdfs: s3a:// is left out of Ferry's image; it needs the jars of hadoop-aws in HADOOP_CLASSPATH",
	},
}

// What Hive's tutorial has one do.
var hiveLessons = []lesson{
	{"dynamic partitions, beside options of one's own", `q -e "create table k2 (amount int) partitioned by (region string); set hive.tez.java.opts=-Xmx300m; set tez.task.launch.cmd-opts=-Dmine=1;
		insert into k2 partition (region) values (5,'north'),(7,'south'); create table k2b partitioned by (region) as select * from k2; select region, amount from k2b order by region"`, "north,5\nsouth,7"},
	{
		"JSON, from a local file, and back", `printf '{"name":"Zürich","n":1}\n{"name":"東京","n":2}\n' >"j son.json"
		q -e "create table j (name string, n int) row format serde 'org.apache.hive.hcatalog.data.JsonSerDe'; load data local inpath 'j son.json' into table j;
		select max(name), sum(n) from j; insert overwrite local directory 'rows' row format delimited fields terminated by ',' select * from j"; cat rows/*; ls "j son.json"`,
		"東京,3\nZürich,1\n東京,2\nj son.json",
	},
	{"a local script", `printf 'import sys\nfor l in sys.stdin: print(l.strip().upper())\n' >up.py; q -e "add file up.py; select transform(name) using 'python3 up.py' as (x string) from j"`, "ZÜRICH\n東京"},
	{"words that only look like paths", `q -e "select 'insert overwrite local directory ''/tmp/x''', 'load data local inpath'"`, "insert overwrite local directory /tmp/x,load data local inpath"},
	{"a local file that is nowhere", `q -e "load data local inpath '/home/ferry/none.csv' into table j" 2>&1 | grep -o "neither this machine nor HiveServer2's has it"`, "neither this machine nor HiveServer2's has it"},
	{
		"transactions, and a compaction that ends and is cleaned up after", `q -e "create table k8 (id int, owner string, cents bigint) stored as orc tblproperties ('transactional'='true'); insert into k8 values (1,'ann',500),(2,'bob',100);
		update k8 set cents = cents - 50 where id = 1; delete from k8 where id = 2; merge into k8 using (select 3 id) s on k8.id = s.id when not matched then insert values (3,'eve',7);
		alter table k8 compact 'major' and wait; select * from k8 order by id"
		for i in {60..0}; do rows=$(q -e "show compactions" | grep ,k8,); case $rows in *,succeeded,*) break;; esac; ((i)) || echo "$rows"; sleep 1; done; hdfs dfs -ls -C /user/hive/warehouse/k8 | sed 's/.*k8.//; s/_v.*//'`,
		"1,ann,450\n3,eve,7\nbase_0000004",
	},
	{"Hive on MapReduce", `q -e "set hive.execution.engine=mr; select region, sum(amount) from k2 group by region; select max(name) from j"`, "north,5\nsouth,7\n東京"},
}

// The first examples of every tutorial where jobs work on a shared directory: paths are
// relative to where one lands, and a job that cannot work says why.
var sharedLessons = []lesson{
	{"pi", `hadoop jar $EXAMPLES pi 2 10 2>/dev/null | tail -1`, "Estimated value of Pi is 3.80000000000000000000"},
	{"relative paths", `hdfs dfs -mkdir input; hdfs dfs -put /service/examples/data/speeches.txt input; hadoop jar $EXAMPLES wordcount input out >/dev/null 2>&1
		hdfs dfs -cat out/part-r-00000 | grep -P '^nation\t'; hdfs dfs -ls -C /user/ferry/out/part-r-00000`, "nation\t2\n/user/ferry/out/part-r-00000"},
	{
		"why a job failed", `mkdir -p /tmp/mine; echo x >/tmp/mine/x; hadoop jar $EXAMPLES wordcount -D mapreduce.job.ubertask.enable=false /tmp/mine out2 2>&1 | grep -o 'File file:/tmp/mine/x does not exist' | sort -u`,
		"File file:/tmp/mine/x does not exist",
	},
}
