import { Button, Group, Modal, TagsInput, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BoardEntry } from '#server/contract/journey-files.ts'
import { notifyDone, notifyFailed } from '../ui/notify.ts'
import { countOf } from '../ui/words.ts'
import classes from './board.module.css'
import { useJourneyStatus, useTagJourneys } from './journey-board-queries.ts'

/** What can be done with several journeys at once. */
export function BulkBar({ items, onDone }: { items: readonly BoardEntry[]; onDone: () => void }) {
  const { t } = useTranslation()
  const [asks, setAsks] = useState<'archive' | 'tag' | null>(null)
  return (
    <div className={classes['bulk']} role="toolbar" aria-label={t('With what is chosen')}>
      <Text size="sm" fw={600}>
        {t('{{count}} chosen', { count: items.length })}
      </Text>
      <Button variant="default" onClick={() => setAsks('tag')}>
        {t('Tag')}
      </Button>
      <Button variant="default" onClick={() => setAsks('archive')}>
        {t('Archive')}
      </Button>
      <Button variant="subtle" color="gray" onClick={onDone}>
        {t('Choose none')}
      </Button>
      {asks === 'archive' ? <ArchiveDialog items={items} onClose={() => setAsks(null)} onDone={onDone} /> : null}
      {asks === 'tag' ? <TagDialog items={items} onClose={() => setAsks(null)} onDone={onDone} /> : null}
    </div>
  )
}

interface DialogProps {
  items: readonly BoardEntry[]
  onClose: () => void
  onDone: () => void
}

export function ArchiveDialog({ items, onClose, onDone }: DialogProps) {
  const { t } = useTranslation()
  const status = useJourneyStatus()
  // Test leads leave, too.
  const here = items.reduce((sum, item) => sum + item.here + item.tests, 0)
  const archive = () =>
    status.mutate(
      { keys: items.map(({ key }) => key), action: 'archive', exitLeads: here > 0 },
      {
        onError: notifyFailed,
        onSuccess: (done) => {
          notifyDone(t('{{done}} archived', { done: countOf(done, 'journey') }))
          onDone()
        },
      },
    )
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={t('Archive {{journeys}}?', { journeys: countOf(items.length, 'journey') })}
    >
      <Text size="sm">
        {here === 0
          ? t('Nobody is in them. They take nobody in any more.')
          : t('{{leads}} in them leave at once and get nothing more from them. They take nobody in any more.', {
              leads: countOf(here, 'lead'),
            })}
      </Text>
      <Group justify="flex-end" mt={16}>
        <Button variant="default" onClick={onClose}>
          {t('Cancel')}
        </Button>
        <Button color="red" loading={status.isPending} onClick={archive}>
          {here === 0 ? t('Archive') : t('Archive, and let {{leads}} go', { leads: countOf(here, 'lead') })}
        </Button>
      </Group>
    </Modal>
  )
}

export function TagDialog({ items, onClose, onDone }: DialogProps) {
  const { t } = useTranslation()
  const shared = items.reduce<string[]>(
    (tags, item) => tags.filter((tag) => item.tags.includes(tag)),
    items[0]?.tags ?? [],
  )
  const [tags, setTags] = useState(shared)
  const change = useTagJourneys()
  const save = () =>
    change.mutate(
      // What only some of them have stays with those.
      items.map((item) => ({
        key: item.key,
        tags: [...item.tags.filter((tag) => !shared.includes(tag) && !tags.includes(tag)), ...tags],
      })),
      { onError: notifyFailed, onSuccess: onDone },
    )
  return (
    <Modal opened onClose={onClose} centered title={t('Tags')}>
      <TagsInput
        data-autofocus
        label={items.length === 1 ? t('Tags of {{name}}', { name: items[0]?.name }) : t('Tags that all of them have')}
        value={tags}
        onChange={setTags}
        maxTags={20}
        comboboxProps={{ withinPortal: true }}
      />
      <Group justify="flex-end" mt={16}>
        <Button variant="default" onClick={onClose}>
          {t('Cancel')}
        </Button>
        <Button loading={change.isPending} onClick={save}>
          {t('Save')}
        </Button>
      </Group>
    </Modal>
  )
}
