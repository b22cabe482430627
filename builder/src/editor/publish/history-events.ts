/** Versions, scheduled publishes and restores as one timeline, newest first. */
import type { History } from './publish-queries.ts'

export interface HistoryEvent {
  key: string
  at: string
  by: string
  kind: 'live' | 'version' | 'scheduled' | 'failed' | 'cancelled' | 'restored'
  version?: History['versions'][number]
  publication?: History['publications'][number]
  /** The version that was made the draft. */
  restored?: number
}

export function historyEvents({ versions, publications, restores }: History): HistoryEvent[] {
  const events: HistoryEvent[] = [
    ...versions.map((version): HistoryEvent => ({
      key: `v${String(version.version)}`,
      at: version.publishedAt,
      by: version.publishedBy,
      kind: version.isLive ? 'live' : 'version',
      version,
    })),
    // One that was published is its version.
    ...publications.flatMap((publication): HistoryEvent[] =>
      publication.status === 'published'
        ? []
        : [
            {
              key: publication.id,
              at: publication.finishedAt ?? publication.at,
              by: publication.requestedBy,
              kind: publication.status,
              publication,
            },
          ],
    ),
    ...restores.map(({ version, by, at }): HistoryEvent => ({
      key: `restore ${at}`,
      at,
      by,
      kind: 'restored',
      restored: version,
    })),
  ]
  const isAhead = ({ kind }: HistoryEvent): boolean => kind === 'scheduled'
  return events.sort((a, b) => Number(isAhead(b)) - Number(isAhead(a)) || (a.at < b.at ? 1 : -1))
}

/** `user:ann` → `ann`: who it was, without what kind of caller it is. */
export function personOf(actor: string): string {
  return actor.replace(/^(user|key):/, '')
}
