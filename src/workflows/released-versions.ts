/**
 * Fingerprints of every version of every workflow that was ever released: an installed workflow with one of
 * them has not been changed by a person and may be replaced. Lines are only ever added.
 */
export const releasedFingerprints: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
