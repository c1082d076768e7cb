/** What a CA says of a certificate. */
export interface Said {
	state: 'good' | 'revoked' | 'unknown';
	/** The end of a sentence. */
	why: string;
}
