package org.apache.hive.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Rewrites statements that name local files. HiveServer2 takes LOCAL for its own
 * machine; a person at a client means the client. A file that is there goes to the file
 * system that both share, and the statement names it there. What is not there is left
 * as it was, so paths of HiveServer2's machine still work.
 */
final class LocalFiles {
  /** A word, a string or a sign of a statement; comments are none. */
  private static final Pattern TOKEN = Pattern.compile("\\s+|--[^\\n]*|/\\*.*?\\*/|'((?:\\\\.|[^'\\\\])*)'|\"((?:\\\\.|[^\"\\\\])*)\"|`[^`]*`|\\w+|.",
      Pattern.DOTALL);
  private static final Pattern RESOURCE = Pattern.compile("(\\s*add\\s+(?:jar|file|archive)s?\\s+)(.+?)\\s*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private record Token(String word, int start, int end, String string) {}

  private final Configuration conf = new Configuration();
  private final List<Path> staged = new ArrayList<>(); // directories for the statement at work
  private Path wanted; // where its result is to be fetched from
  private String destination;

  /** Returns the statement with paths that HiveServer2 can read. */
  String rewrite(String sql) throws SQLException {
    wanted = null;
    try {
      Matcher resource = RESOURCE.matcher(sql);
      return resource.matches() ? resources(resource.group(1), resource.group(2)) : statement(sql);
    } catch (IOException e) {
      throw new SQLException("a file of this machine could not be brought to HiveServer2: " + e.getMessage(), e);
    }
  }

  /** Fetches what the statement that was rewritten last has put into a directory of this machine. */
  void fetch() throws SQLException {
    if (wanted == null) {
      return;
    }
    try {
      FileSystem shared = wanted.getFileSystem(conf);
      Files.createDirectories(Paths.get(destination));
      for (FileStatus old : local().listStatus(new Path(destination), p -> p.getName().matches("\\d{6}_\\d+"))) {
        local().delete(old.getPath(), false);
      }
      for (FileStatus part : shared.listStatus(wanted)) {
        shared.copyToLocalFile(false, part.getPath(), new Path(destination, part.getPath().getName()), true);
      }
    } catch (IOException e) {
      throw new SQLException("the result could not be put into " + destination + " of this machine: " + e.getMessage(), e);
    }
  }

  /** Removes what was brought for the statement. */
  void clean() {
    for (Path dir : staged) {
      try {
        dir.getFileSystem(conf).delete(dir, true);
      } catch (IOException e) {
        System.err.println(dir + " is left over: " + e.getMessage());
      }
    }
    staged.clear();
  }

  private String statement(String sql) throws IOException {
    List<Token> tokens = tokens(sql);
    if (begins(tokens, 0, "load", "data", "local", "inpath") && tokens.size() > 4 && tokens.get(4).string() != null) {
      String path = stage(tokens.get(4).string());
      return path == null ? sql : cut(sql, tokens.get(2), tokens.get(4), "INPATH " + quote(path));
    }
    for (int i = 0; i + 4 < tokens.size(); i++) {
      if (begins(tokens, i, "insert", "overwrite", "local", "directory") && tokens.get(i + 4).string() != null) {
        destination = absolute(tokens.get(i + 4).string()).toUri().getPath();
        wanted = directory();
        return cut(sql, tokens.get(i + 2), tokens.get(i + 4), "DIRECTORY " + quote(wanted.toString()));
      }
    }
    return sql;
  }

  private String resources(String verb, String paths) throws IOException {
    List<String> words = new ArrayList<>();
    for (String path : paths.split("\\s+")) {
      String shared = stage(path.replaceAll("^['\"]|['\"]$", ""));
      words.add(shared == null ? path : shared);
    }
    for (Path dir : staged) { // the session's containers fetch them whenever one starts
      dir.getFileSystem(conf).deleteOnExit(dir);
    }
    staged.clear();
    return verb + String.join(" ", words);
  }

  /** Brings what a path names to the shared file system; null when nothing is there. */
  private String stage(String name) throws IOException {
    if (name.matches("(?i)(?!file:)[a-z][a-z0-9+.-]*:.*")) {
      return null;
    }
    FileStatus[] found = local().globStatus(absolute(name));
    if (found == null || found.length == 0) {
      return null;
    }
    Path to = directory();
    for (FileStatus file : found) {
      FileStatus[] files = file.isDirectory() && found.length == 1 ? local().listStatus(file.getPath()) : new FileStatus[] {file};
      for (FileStatus f : files) {
        to.getFileSystem(conf).copyFromLocalFile(false, true, f.getPath(), new Path(to, f.getPath().getName()));
      }
    }
    return found.length == 1 && !found[0].isDirectory() ? new Path(to, found[0].getPath().getName()).toString() : to.toString();
  }

  private FileSystem local() throws IOException {
    return FileSystem.getLocal(conf).getRawFileSystem();
  }

  private Path absolute(String name) {
    String path = name.replaceFirst("(?i)^file:(//)?(?=/)", "");
    return new Path(Paths.get(path).toAbsolutePath().normalize().toString());
  }

  /** A new directory that HiveServer2 may take files out of, whoever it acts for. */
  private Path directory() throws IOException {
    Path base = new Path(conf.get("hadoop.tmp.dir")); // of the default file system: all see it
    FileSystem shared = base.getFileSystem(conf);
    Path dir = shared.makeQualified(new Path(base, "beeline-" + UUID.randomUUID()));
    shared.mkdirs(dir);
    shared.setPermission(dir, new FsPermission((short) 0777));
    staged.add(dir);
    return dir;
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static String cut(String sql, Token from, Token to, String instead) {
    return sql.substring(0, from.start()) + instead + sql.substring(to.end());
  }

  private static boolean begins(List<Token> tokens, int at, String... words) {
    for (int i = 0; i < words.length; i++) {
      if (at + i >= tokens.size() || !words[i].equals(tokens.get(at + i).word())) {
        return false;
      }
    }
    return true;
  }

  private static List<Token> tokens(String sql) {
    List<Token> out = new ArrayList<>();
    Matcher m = TOKEN.matcher(sql);
    while (m.find()) {
      String text = m.group();
      if (!text.isBlank() && !text.startsWith("--") && !text.startsWith("/*")) {
        String string = m.group(1) != null ? m.group(1) : m.group(2);
        out.add(new Token(text.toLowerCase(Locale.ROOT), m.start(), m.end(), string == null ? null : string.replaceAll("\\\\(.)", "$1")));
      }
    }
    return out;
  }
}
