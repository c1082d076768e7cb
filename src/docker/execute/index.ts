export { parseCommand } from './command';
export { executeInContainer, type ExecuteOptions, type ExecuteResult } from './execute';
export { isRuntimeText, type Verdict } from './verdict';
