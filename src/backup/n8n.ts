/** Folders in n8n's own (`~/.n8n`) that hold what belongs to it beside its database; older versions use `binaryData`. */
export const n8nFolders: readonly string[] = ['storage', 'binaryData', 'custom'];

export function isOfN8n(artefact: string): boolean {
	return artefact.startsWith('n8n-');
}

export const keyNotKept =
	'n8n: its encryption key is not in this backup; keep it elsewhere (N8N_ENCRYPTION_KEY, or "encryptionKey" in the file config of n8n\'s folder), because without it nobody can read the credentials that are in the database.';

export const packagesNotKept =
	'n8n: community packages are not kept; N8N_REINSTALL_MISSING_PACKAGES=true lets n8n install those that its database names.';
