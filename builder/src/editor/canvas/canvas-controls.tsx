/** Bottom left: how near one looks, all of it, tidying up. */
import { ActionIcon, Loader, Tooltip, UnstyledButton } from '@mantine/core'
import { IconMaximize, IconMinus, IconPlus, IconSparkles, IconX } from '@tabler/icons-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { useReactFlow, useStore } from 'reactflow'
import { glideMs } from './glide.ts'
import type { TidyUp } from './use-tidy-up.ts'
import { boundsOf, fitView, type Box, type Size } from './viewport.ts'
import classes from './overlay.module.css'

interface CanvasControlsProps {
  tidyUp: TidyUp
  isEditable: boolean
  sizeNow: () => Size
  boxes: () => Box[]
}

export const CanvasControls = memo(({ tidyUp, isEditable, sizeNow, boxes }: CanvasControlsProps) => {
  const { t } = useTranslation()
  const flow = useReactFlow()
  const percent = useStore((state) => Math.round(state.transform[2] * 100))
  const fit = () => {
    const bounds = boundsOf(boxes())
    if (bounds !== null) void flow.setViewport(fitView(bounds, sizeNow()), { duration: glideMs() })
  }
  return (
    <div className={`${classes['controls'] ?? ''} nopan`} role="toolbar" aria-label={t('View')}>
      <Control label={t('Zoom out')} onClick={() => void flow.zoomOut({ duration: glideMs() })}>
        <IconMinus size={16} />
      </Control>
      <Tooltip label={t('To 100 %')}>
        <UnstyledButton
          className={classes['zoom']}
          aria-label={t('Zoom: {{percent}} %. To 100 %', { percent })}
          onClick={() => void flow.zoomTo(1, { duration: glideMs() })}
        >
          {percent} %
        </UnstyledButton>
      </Tooltip>
      <Control label={t('Zoom in')} onClick={() => void flow.zoomIn({ duration: glideMs() })}>
        <IconPlus size={16} />
      </Control>
      <Control label={t('Show all')} onClick={fit}>
        <IconMaximize size={16} />
      </Control>
      {isEditable ? (
        tidyUp.isRunning ? (
          <>
            <Loader size={16} m={6} aria-label={t('Tidying up')} />
            <Control label={t('Stop tidying up')} onClick={tidyUp.cancel}>
              <IconX size={16} />
            </Control>
          </>
        ) : (
          <Control label={tidyUp.error ?? t('Tidy up')} onClick={tidyUp.all} onNear={tidyUp.prepare}>
            <IconSparkles size={16} {...(tidyUp.error === null ? {} : { color: 'var(--error)' })} />
          </Control>
        )
      ) : null}
    </div>
  )
})
CanvasControls.displayName = 'CanvasControls'

function Control({
  label,
  onClick,
  onNear,
  children,
}: {
  label: string
  onClick: () => void
  onNear?: () => void
  children: React.ReactNode
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-label={label}
        onClick={onClick}
        {...(onNear === undefined ? {} : { onPointerEnter: onNear, onFocus: onNear })}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  )
}
