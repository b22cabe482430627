/** A step that leads several ways is deleted: which way do leads keep? Asked step by step, answered by a digit. */
import { Button, Modal, Stack, Text } from '@mantine/core'
import { useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { wiredPorts } from '#engine/graph/edit.ts'
import { useCatalogue, useDocument } from '../editor-context.tsx'

interface DeleteDialogProps {
  ids: readonly string[]
  /** Those of them to ask for. */
  branches: readonly string[]
  /** With the port to keep by step; null: nothing is deleted after all. */
  onClose: (keep: Record<string, string> | null) => void
}

export function DeleteDialog({ ids, branches, onClose }: DeleteDialogProps) {
  const { t } = useTranslation()
  const document = useDocument()
  const catalogue = useCatalogue()
  const [keep, setKeep] = useState<Record<string, string>>({})
  const [asked, setAsked] = useState(0)
  const id = branches[asked]
  const node = document.graph.nodes.find((one) => one.id === id)
  if (id === undefined || node === undefined) return null
  const names = new Map(document.graph.nodes.map((one) => [one.id, catalogue.titleOf(one)]))
  const labels = new Map(catalogue.portsOf(node).map((port) => [port.id, port.label]))
  const ways = wiredPorts(document, id).filter(({ to }) => !ids.includes(to) || to === id)
  const choose = (port: string | null) => {
    // A port that the step does not have keeps none of its ways.
    const next = { ...keep, [id]: port ?? '' }
    setKeep(next)
    if (asked + 1 < branches.length) setAsked(asked + 1)
    else onClose(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    const way = ways[Number(event.key) - 1]
    if (event.key === '0') choose(null)
    else if (/^[1-9]$/.test(event.key) && way !== undefined) choose(way.port)
  }
  return (
    <Modal
      opened
      onClose={() => onClose(null)}
      title={t('Delete “{{name}}”: which way do leads keep?', { name: catalogue.titleOf(node) })}
      onKeyDown={onKeyDown}
      returnFocus={false}
      transitionProps={{ duration: 120 }}
    >
      <Stack gap={6}>
        <Text size="sm" c="dimmed">
          {t(
            'Who came to this step goes on to the step you choose. The other ways stay on the canvas, with nothing leading to them.',
          )}
        </Text>
        {ways.map(({ port, to }, index) => (
          <Button
            key={port}
            variant="default"
            size="sm"
            justify="flex-start"
            leftSection={<kbd>{index + 1}</kbd>}
            data-autofocus={index === 0 ? true : undefined}
            onClick={() => choose(port)}
          >
            {labels.get(port) ?? port} → {names.get(to) ?? to}
          </Button>
        ))}
        <Button variant="subtle" size="sm" justify="flex-start" leftSection={<kbd>0</kbd>} onClick={() => choose(null)}>
          {t('None of them: the way ends before it')}
        </Button>
      </Stack>
    </Modal>
  )
}
