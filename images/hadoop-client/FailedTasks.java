package ferry;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.TIPStatus;
import org.apache.hadoop.mapreduce.Cluster;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.JobID;
import org.apache.hadoop.mapreduce.TaskReport;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.log4j.AppenderSkeleton;
import org.apache.log4j.spi.LoggingEvent;

/**
 * Prints why the tasks of a small job have failed. Such a job runs its tasks inside its
 * master, each once, and Hadoop's client prints the reasons only of tasks that are tried
 * again. It listens to what the client logs of a job's end; asking costs a failed job a
 * fraction of a second, any other nothing.
 */
public final class FailedTasks extends AppenderSkeleton {
  private static final int TASKS = 3;
  private static final int LINES = 12;
  private static final String ENDED_WITH_THE_JOB = "Task KILL is received";
  private static final Pattern FAILED = Pattern.compile("^Job (job_\\d+_\\d+) failed with state FAILED");

  @Override
  protected void append(LoggingEvent event) {
    Matcher end = FAILED.matcher(String.valueOf(event.getRenderedMessage()));
    if (!end.find()) {
      return;
    }
    String id = end.group(1);
    try (Closing cluster = new Closing(new Cluster(new JobConf()))) {
      Job job = cluster.of.getJob(JobID.forName(id));
      if (job == null || !job.isUber()) {
        return;
      }
      int told = tell(job, TaskType.MAP, 0);
      tell(job, TaskType.REDUCE, told);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      System.err.println("Why: yarn logs -applicationId " + id.replace("job_", "application_"));
    }
  }

  /** Prints the first lines of what is known of tasks that failed, and returns of how many it has been told. */
  private static int tell(Job job, TaskType type, int told) throws Exception {
    for (TaskReport task : job.getTaskReports(type)) {
      String why = String.join("\n", task.getDiagnostics());
      boolean failed = task.getCurrentStatus() == TIPStatus.FAILED && !why.contains(ENDED_WITH_THE_JOB);
      if (told < TASKS && failed && !why.isEmpty()) {
        System.err.println("Task Id : " + task.getTaskId() + ", Status : FAILED");
        Arrays.stream(why.split("\n")).limit(LINES).forEach(System.err::println);
        told++;
      }
    }
    return told;
  }

  /** Closing makes a Cluster, which has a close of its own, fit for try. */
  private static final class Closing implements AutoCloseable {
    private final Cluster of;

    Closing(Cluster of) {
      this.of = of;
    }

    @Override
    public void close() throws java.io.IOException {
      of.close();
    }
  }

  @Override
  public void close() {}

  @Override
  public boolean requiresLayout() {
    return false;
  }
}
