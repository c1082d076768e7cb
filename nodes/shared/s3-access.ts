import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import type { BackupContext } from '../../src/backup';
import type { Site } from '../../src/shared';
import { textOf } from './values';

type S3Secrets = NonNullable<NonNullable<BackupContext['secrets']>['s3']>;

/**
 * The keys of the S3 destinations of a site, each from the credential that it names. For one that is not selected there
 * are none; then that destination fails, says what to select, and the others go on.
 */
export async function s3Access(
	context: IExecuteFunctions,
	itemIndex: number,
	{ destinations }: Pick<Site, 'destinations'>,
	isSelected = (name: string): boolean => context.getNode().credentials?.[name] !== undefined,
): Promise<S3Secrets> {
	const access: Record<string, S3Secrets[string]> = {};
	for (const destination of destinations) {
		if (destination.type !== 's3') continue;
		const { name, credential } = destination;
		// Asking n8n for a credential that is not selected is an error of its own, which would end the other destinations.
		if (!isSelected(credential)) continue;
		const data = await context.getCredentials(credential, itemIndex);
		access[name] = credential === 'aws' ? fromAws(data) : fromS3(data);
	}
	return access;
}

function fromS3(data: ICredentialDataDecryptedObject): S3Secrets[string] {
	return {
		...keysOf(data),
		endpoint: textOf(data['endpoint']),
		forcePathStyle: data['forcePathStyle'] === true,
		ignoreTlsErrors: data['ignoreSSLIssues'] === true,
	};
}

function fromAws(data: ICredentialDataDecryptedObject): S3Secrets[string] {
	return {
		...keysOf(data),
		sessionToken: data['temporaryCredentials'] === true ? textOf(data['sessionToken']) : undefined,
		endpoint: data['customEndpoints'] === true ? textOf(data['s3Endpoint']) : undefined,
	};
}

function keysOf(data: ICredentialDataDecryptedObject) {
	return {
		accessKeyId: textOf(data['accessKeyId']) ?? '',
		secretAccessKey: textOf(data['secretAccessKey']) ?? '',
		region: textOf(data['region']),
	};
}
