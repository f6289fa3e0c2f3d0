// Parses Groovy files and prints the names of those that are whole:
//
//   groovy parse.groovy FILE…
import org.codehaus.groovy.ast.builder.AstBuilder
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.MultipleCompilationErrorsException

def failed = args.length == 0
args.each { name ->
    try {
        new AstBuilder().buildFromString(CompilePhase.CONVERSION, false, new File(name).text)
        println "$name: it parses"
    } catch (MultipleCompilationErrorsException e) {
        System.err.println "$name: ${e.message}"
        failed = true
    }
}
System.exit(failed ? 1 : 0)
