export { exitCodes, type ExitCode, type Surroundings } from './output';
export { packageVersion } from './package-version';
export { runCommandLine } from './program';
