export { canonical, fingerprint, optionalNodes } from './canonical';
export {
	chooseWorkflows,
	loadWorkflows,
	readWorkflow,
	shippedFolder,
	type ShippedWorkflow,
} from './catalogue';
export { checkWorkflow, checkWorkflows, type Finding } from './checks';
export { namedCredentials, selectCredentials, type NamedCredential } from './credentials';
export { WorkflowError, type WorkflowErrorCode } from './errors';
export { importWorkflows, type ImportedWorkflow, type ImportOptions } from './import';
export { compare, installedIds, type Comparison, type InstalledState } from './installed';
export {
	isTrigger,
	requirements,
	settingsNode,
	templateVersion,
	workflowSchema,
	type Workflow,
	type WorkflowNode,
} from './model';
export { N8nApi, type N8nConnection, type StoredWorkflow } from './n8n-api';
export { calledWorkflows, errorWorkflow, inCallOrder, withIds } from './references';
export { releasedFingerprints } from './released-versions';
export { compareVersions, isRange, isVersion, satisfies } from './versions';
