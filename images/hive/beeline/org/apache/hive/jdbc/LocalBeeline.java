package org.apache.hive.jdbc;

import java.lang.reflect.Field;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Properties;
import org.apache.hive.beeline.BeeLine;
import org.apache.hive.service.rpc.thrift.TCLIService;
import org.apache.hive.service.rpc.thrift.TSessionHandle;

/** Beeline over a driver for which LOCAL is the machine that Beeline runs on. */
public final class LocalBeeline {
  private LocalBeeline() {}

  /** Runs Beeline. */
  public static void main(String[] args) throws Exception {
    for (Driver d : Collections.list(DriverManager.getDrivers())) {
      if (d instanceof HiveDriver) {
        DriverManager.deregisterDriver(d);
      }
    }
    DriverManager.registerDriver(new LocalDriver());
    BeeLine.main(args);
  }

  /** Hive's driver, with connections of this class. */
  private static final class LocalDriver extends HiveDriver {
    @Override
    public Connection connect(String url, Properties info) throws SQLException {
      return acceptsURL(url) ? new LocalConnection(url, info) : null;
    }
  }

  private static final class LocalConnection extends HiveConnection {
    LocalConnection(String url, Properties info) throws SQLException {
      super(url, info);
    }

    @Override
    public Statement createStatement() throws SQLException {
      super.createStatement().close(); // checks that the connection is open
      return new LocalStatement(this, (TCLIService.Iface) field("client"), (TSessionHandle) field("sessHandle"));
    }

    private Object field(String name) throws SQLException {
      try {
        Field f = HiveConnection.class.getDeclaredField(name);
        f.setAccessible(true);
        return f.get(this);
      } catch (ReflectiveOperationException e) {
        throw new SQLException("Hive's driver is not the one this was made for", e);
      }
    }
  }

  private static final class LocalStatement extends HiveStatement {
    private final LocalFiles files = new LocalFiles();

    LocalStatement(HiveConnection connection, TCLIService.Iface client, TSessionHandle session) {
      super(connection, client, session);
    }

    @Override
    public boolean execute(String sql) throws SQLException {
      try {
        boolean rows = super.execute(files.rewrite(sql));
        files.fetch();
        return rows;
      } catch (SQLException e) {
        throw String.valueOf(e.getMessage()).contains("No files matching path") && sql.matches("(?is).*\\blocal\\b.*") ? nowhere(e) : e;
      } finally {
        files.clean();
      }
    }

    private static SQLException nowhere(SQLException e) {
      return new SQLException(e.getMessage() + ": neither this machine nor HiveServer2's has it", e.getSQLState(), e.getErrorCode(), e);
    }
  }
}
