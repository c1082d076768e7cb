import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions } from '../paging';
import type { Store } from '../store';
import { textField, valid } from './input';
import { websiteName, type WebsiteName } from './websites';

const instantField = z.iso.datetime({ offset: true, error: 'must be a time as ISO 8601 with its zone' });
const eventFields = { id: z.number(), websiteId: z.number(), clientName: z.string(), at: z.string() };

const deploymentInput = z.strictObject({
	/** E.g. `started`, `ok`, `failed`. */
	status: textField(50),
	commitHash: textField(200).optional(),
	/** ISO 8601. Default: now. With the commit it says which deployment is meant. */
	deployedAt: instantField.optional(),
});
export type DeploymentInput = z.input<typeof deploymentInput>;

const deploymentSchema = z.object({ ...eventFields, status: z.string(), commitHash: z.string().optional() });
export type Deployment = z.output<typeof deploymentSchema>;

/**
 * Records a deployment; the same instant and commit once more changes its status.
 * @throws StoreError `not_found`, `invalid_input`
 */
export async function recordDeployment(
	store: Store,
	which: WebsiteName,
	deployment: DeploymentInput,
): Promise<Deployment & { created: boolean }> {
	const { deployedAt = new Date().toISOString(), ...given } = valid(deploymentInput, deployment);
	const answer = deploymentSchema.extend({ created: z.boolean() });
	const request = { ...websiteName(which), deployedAt, ...given };
	return await store.call('record_deployment', request, { answer, repeatable: true });
}

const backupInput = z.strictObject({
	/** Where it is, e.g. `s3://backups/shop/2026-01-01`; the website has one of that path. */
	path: textField(2000),
	sizeBytes: z.int().nonnegative().optional(),
	/** When it was made, ISO 8601. Default: now. */
	at: instantField.optional(),
});
export type BackupInput = z.input<typeof backupInput>;

const backupSchema = z.object({ ...eventFields, path: z.string(), sizeBytes: z.number().optional() });
export type BackupEntry = z.output<typeof backupSchema>;

/** Records a backup; the same path once more changes its size. @throws StoreError `not_found`, `invalid_input` */
export async function recordBackup(
	store: Store,
	which: WebsiteName,
	backup: BackupInput,
): Promise<BackupEntry & { created: boolean }> {
	const { at = new Date().toISOString(), ...given } = valid(backupInput, backup);
	const answer = backupSchema.extend({ created: z.boolean() });
	const request = { ...websiteName(which), at, ...given };
	return await store.call('record_backup', request, { answer, repeatable: true });
}

/** Takes it off the list, and leaves what was backed up. Resolves to false when it was not there. @throws StoreError `not_found` */
export async function removeBackup(store: Store, which: WebsiteName, path: string): Promise<boolean> {
	const request = { ...websiteName(which), path: valid(textField(2000), path) };
	const answer = z.object({ deleted: z.boolean() });
	return (await store.call('remove_backup', request, { answer, repeatable: true })).deleted;
}

/** The newest first. @param which default: all websites @throws StoreError `not_found` */
export async function getDeployments(
	store: Store,
	which?: WebsiteName,
	options: PageOptions = {},
): Promise<Page<Deployment>> {
	const query = { kind: 'deployments', ...(which && websiteName(which)) };
	return await page(store, 'get_site_events', query, pageSchema(deploymentSchema), options);
}

/** The newest first. @param which default: all websites @throws StoreError `not_found` */
export async function getBackups(
	store: Store,
	which?: WebsiteName,
	options: PageOptions = {},
): Promise<Page<BackupEntry>> {
	const query = { kind: 'backups', ...(which && websiteName(which)) };
	return await page(store, 'get_site_events', query, pageSchema(backupSchema), options);
}
