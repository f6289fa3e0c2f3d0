import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.IBundleCoverage;
import org.jacoco.core.tools.ExecFileLoader;
import org.jacoco.report.IReportGroupVisitor;
import org.jacoco.report.IReportVisitor;
import org.jacoco.report.csv.CSVFormatter;
import org.jacoco.report.xml.XMLFormatter;

/**
 * Writes one JaCoCo report, XML or, for a name that ends so, CSV. Debian ships
 * JaCoCo's libraries without its command line, so this does what "jacococli
 * report --xml" and "--csv" do.
 *
 * <pre>Report OUT.xml|OUT.csv NAME RUN.exec[,RUN.exec...] MODULE=CLASSES...</pre>
 *
 * A single module called NAME is the report itself. Otherwise each module is
 * a group inside the report.
 */
public class Report {

    public static void main(String[] args) throws IOException {
        if (args.length < 4) {
            System.err.println("usage: Report OUT.xml|OUT.csv NAME RUN.exec[,RUN.exec...] MODULE=CLASSES...");
            System.exit(2);
        }
        String name = args[1];

        ExecFileLoader runs = new ExecFileLoader();
        for (String exec : args[2].split(",")) {
            runs.load(new File(exec));
        }

        try (OutputStream out = new FileOutputStream(args[0])) {
            IReportVisitor report = args[0].endsWith(".csv")
                ? new CSVFormatter().createVisitor(out) : new XMLFormatter().createVisitor(out);
            report.visitInfo(runs.getSessionInfoStore().getInfos(), runs.getExecutionDataStore().getContents());

            boolean whole = args.length == 4 && args[3].startsWith(name + "=");
            IReportGroupVisitor parent = whole ? report : report.visitGroup(name);
            for (int i = 3; i < args.length; i++) {
                String[] module = args[i].split("=", 2);
                parent.visitBundle(bundle(module[0], module[1], runs), null);
            }
            report.visitEnd();
        }
    }

    private static IBundleCoverage bundle(String name, String classes, ExecFileLoader runs) throws IOException {
        CoverageBuilder builder = new CoverageBuilder();
        new Analyzer(runs.getExecutionDataStore(), builder).analyzeAll(new File(classes));
        return builder.getBundle(name);
    }
}
