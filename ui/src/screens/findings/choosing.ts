// Choosing and ordering findings.

import type { FindingView } from '../../ipc/generated/FindingView';
import type { SeverityWord } from '../../ipc/generated/SeverityWord';

export const SEVERITIES: readonly SeverityWord[] = ['critical', 'major', 'minor', 'info'];

/** Findings that match every word of a query, in code, title, detail or a row's name. */
export function matching(findings: FindingView[], query: string, severity: SeverityWord | 'all'): FindingView[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return findings.filter((finding) => {
    if (severity !== 'all' && finding.severity !== severity) return false;
    const text = [finding.code, finding.title, finding.detail, ...finding.subjects].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Heaviest first, then by code. */
export function bySeverity(findings: FindingView[]): FindingView[] {
  return [...findings].sort(
    (left, right) =>
      SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity) || left.code.localeCompare(right.code),
  );
}

/** Codes of findings that name a row, by the row's name (`vote:ID`). */
export function codesBySubject(findings: FindingView[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const finding of findings) {
    for (const subject of finding.subjects) {
      const codes = found.get(subject) ?? [];
      if (!codes.includes(finding.code)) codes.push(finding.code);
      found.set(subject, codes);
    }
  }
  return found;
}
