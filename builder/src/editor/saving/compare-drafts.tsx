/** Mine and theirs beside each other, to choose. */
import { Group, Modal, ScrollArea, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useCatalogue, useEditor } from '../editor-context.tsx'
import { compareDrafts } from './draft-differences.ts'
import type { TheirDraft } from './same-content.ts'
import classes from './saving.module.css'

interface CompareDraftsProps {
  theirs: TheirDraft
  isOpen: boolean
  onClose: () => void
  /** The buttons to choose with. */
  children: ReactNode
}

export function CompareDrafts({ theirs, isOpen, onClose, children }: CompareDraftsProps) {
  const { t } = useTranslation()
  return (
    <Modal opened={isOpen} onClose={onClose} size={860} title={t('Your draft and the other one')}>
      {isOpen ? <Differences theirs={theirs} /> : null}
      <Group justify="flex-end" gap={8} mt={16}>
        {children}
      </Group>
      <Text c="dimmed" fz={12} lh="16px" mt={12} ta="end">
        {t('Whichever you choose, “Undo” brings back the other.')}
      </Text>
    </Modal>
  )
}

function Differences({ theirs }: { theirs: TheirDraft }) {
  const { t } = useTranslation()
  const mine = useEditor((state) => state.content)
  const differences = compareDrafts(mine, theirs.content, useCatalogue())
  const absent = (
    <Text c="dimmed" fz={13} fs="italic">
      {t('Not there')}
    </Text>
  )
  if (differences.length === 0) return <Text fz={13}>{t('Both say the same.')}</Text>
  return (
    <ScrollArea.Autosize mah="60vh">
      <table className={classes['compare']}>
        <thead>
          <tr>
            <th scope="col">{t('What')}</th>
            <th scope="col">{t('Yours')}</th>
            <th scope="col">{theirs.by ?? t('Theirs')}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference, index) => (
            <tr key={index}>
              <th scope="row">{difference.what}</th>
              {[difference.mine, difference.theirs].map((value, side) => (
                <td key={side}>
                  {value === null ? (
                    absent
                  ) : (
                    <Text fz={13} style={{ whiteSpace: 'pre-line' }}>
                      {value}
                    </Text>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea.Autosize>
  )
}
