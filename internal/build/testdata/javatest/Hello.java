import org.apache.commons.lang3.StringUtils;

/** Proves that a jar fetched in a builder stage is run by the image's own Java. */
public class Hello {
    public static void main(String[] args) {
        System.out.println(StringUtils.capitalize("hello from java " + Runtime.version().feature()));
    }
}
