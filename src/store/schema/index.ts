export { applySchema, schemaStatus, type SchemaStatus } from './apply';
export { defaultSchema } from './name';
export { schemaScript } from './script';
