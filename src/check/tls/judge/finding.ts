import type { CertificateFinding, FindingCode, FindingSeverity } from '../report';

export const finding = (
	code: FindingCode,
	severity: FindingSeverity,
	message: string,
): CertificateFinding => ({ code, severity, message });
