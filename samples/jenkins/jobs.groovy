// Job DSL: makes the two jobs. Run it in a seed job with the Job DSL plugin.
def repository = 'https://git.example.com/acme'

folder('mobile') {
    description('Apps')
}

folder('coverage') {
    description('Coverage of every product, once a week')
}

pipelineJob('mobile/shop-android') {
    description('Builds and tests the Android app, and tells coverage/shop which build to read')
    definition {
        cpsScm {
            scm {
                git {
                    remote {
                        url("${repository}/shop-android.git")
                        credentials('git')
                    }
                    branch('main')
                }
            }
            scriptPath('Jenkinsfile') // upstream.Jenkinsfile of this folder
        }
    }
}

pipelineJob('coverage/shop') {
    description('covpipe: measures the sources of covpipe.yaml, and loads the week')
    // The Jenkinsfile has parameters and triggers as well; these are for the first
    // build, which would not know them.
    parameters {
        stringParam('SOURCE', '', 'The source of covpipe.yaml to measure. Empty: all of them.')
        stringParam('BUILD', '', 'The build of that source to read. Empty: the one in covpipe.yaml.')
    }
    properties {
        disableConcurrentBuilds()
        pipelineTriggers {
            triggers {
                cron {
                    spec('TZ=Europe/Berlin\nH 22 * * 0')
                }
            }
        }
    }
    definition {
        cpsScm {
            scm {
                git {
                    remote {
                        url("${repository}/shop.git")
                        credentials('git')
                    }
                    branch('main')
                }
            }
            scriptPath('ci/coverage.Jenkinsfile') // coverage.Jenkinsfile of this folder
        }
    }
}
