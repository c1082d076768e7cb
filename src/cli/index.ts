export { exitCodes, type ExitCode, type Surroundings } from './output';
export { runCommandLine } from './program';
