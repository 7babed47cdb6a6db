// Choosing and ordering findings.

import type { FindingView } from '../../ipc/generated/FindingView';
import type { SeverityWord } from '../../ipc/generated/SeverityWord';
import type { FindingsAsked } from '../../state/app.svelte';

export const SEVERITIES: readonly SeverityWord[] = ['critical', 'major', 'minor', 'info'];

/** Findings that fit all that is asked: every word of the query in code, title, detail, review or a row's name. */
export function matching(findings: FindingView[], asked: FindingsAsked): FindingView[] {
  const words = asked.query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return findings.filter((finding) => {
    if (asked.severity !== 'all' && finding.severity !== asked.severity) return false;
    if (asked.code !== '' && finding.code !== asked.code) return false;
    if (asked.claim !== '' && finding.claim !== asked.claim) return false;
    if (asked.review !== 'all' && (finding.review?.mark ?? 'open') !== asked.review) return false;
    const text = [finding.code, finding.title, finding.detail, finding.review?.reason ?? '', ...finding.subjects].join('\n').toLowerCase();
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
