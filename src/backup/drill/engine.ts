// Loaded when something is drilled: what reaches the container engine or opens databases is heavy.
export { drillDatabase } from './databases';
export { drillGlobals } from './globals';
export { readThrough } from './image';
export { drillSqlite } from './sqlite';
export { drillTree } from './trees';
