export { applySchema, schemaStatus, type SchemaStatus } from './apply';
export { defaultSchema } from './name';
export { schemaScript } from './script';
export { checkStore, exposureNotes, type StoreCheck } from './check';
