import java.nio.file.*;
import org.objectweb.asm.*;

/**
 * TypedNull JAR...: mends a statement of Hive's in each of its jars that has it.
 *
 * When a compaction is cleaned up after, the metastore asks whether the partition is null,
 * by a parameter without a type. PostgreSQL refuses such a parameter, so for tables without
 * partitions the cleaner fails for ever. Here the parameter gets its type.
 */
class TypedNull extends ClassVisitor {
  static final String NAME = "org/apache/hadoop/hive/metastore/txn/jdbc/functions/MarkCleanedFunction.class";
  int mended;

  TypedNull(ClassVisitor next) { super(Opcodes.ASM9, next); }

  @Override
  public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
    return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
      @Override
      public void visitLdcInsn(Object value) {
        Object typed = value instanceof String s ? s.replace("(:partition is NULL OR", "(cast(:partition as varchar) is NULL OR") : value;
        if (!typed.equals(value)) mended++;
        super.visitLdcInsn(typed);
      }
    };
  }

  public static void main(String[] jars) throws Exception {
    for (String jar : jars) {
      try (FileSystem in = FileSystems.newFileSystem(Path.of(jar))) {
        ClassReader old = new ClassReader(Files.readAllBytes(in.getPath(NAME)));
        ClassWriter mended = new ClassWriter(old, 0);
        TypedNull typed = new TypedNull(mended);
        old.accept(typed, 0);
        if (typed.mended != 3) throw new IllegalStateException(jar + ": mended " + typed.mended + " statements, not 3");
        Files.write(in.getPath(NAME), mended.toByteArray());
      }
    }
  }
}
