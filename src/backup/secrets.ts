/**
 * What an operation needs and no site definition, manifest, report or message may hold. It comes from n8n's
 * credentials or, on the command line, from files and the environment.
 */
export interface BackupSecrets {
	/** For encrypted backups. */
	encryption?: EncryptionKeys | undefined;
	/** By the name of the destination; `*` for those that are not named. */
	s3?: Readonly<Record<string, S3Access>> | undefined;
	/** Of database servers, by the name of the database in the site definition; `*` for those that are not named. */
	databasePasswords?: Readonly<Record<string, string>> | undefined;
	n8nApi?: N8nApiAccess | undefined;
}

export interface EncryptionKeys {
	/** Further ones than those of the site definition: `age1…`. */
	recipients?: readonly string[] | undefined;
	/** `AGE-SECRET-KEY-1…`, to read what was encrypted. */
	identities?: readonly string[] | undefined;
	/** Encrypts and reads in place of recipients and identities. */
	passphrase?: string | undefined;
}

export interface S3Access {
	accessKeyId: string;
	secretAccessKey: string;
	sessionToken?: string | undefined;
	/** Used where the site definition does not say it. */
	endpoint?: string | undefined;
	region?: string | undefined;
	forcePathStyle?: boolean | undefined;
	/** Accepts a certificate that proves nothing; whoever is on the way can read and change everything. */
	ignoreTlsErrors?: boolean | undefined;
}

export interface N8nApiAccess {
	/** e.g. `http://127.0.0.1:5678` */
	url: string;
	apiKey: string;
}
