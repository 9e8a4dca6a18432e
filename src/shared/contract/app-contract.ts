import { z } from 'zod'
import {
  audioDeviceSchema,
  exportedFileSchema,
  exportSettingsSchema,
  exportTagsSchema,
  playbackStateSchema,
  playbackSubjectSchema,
} from '../audio/index.ts'
import {
  cudaOfferSchema,
  deviceCertificateSchema,
  deviceTrialSchema,
  fetchedCudaSchema,
  providerFactsSchema,
  providerSchema,
  sha256Schema,
} from '../device/index.ts'
import {
  dashscopeSampleUrlSchema,
  memberTrialSchema,
  memberVoicesSchema,
  remoteDraftSchema,
  remoteListingSchema,
  renderEstimateSchema,
  spendingSumSchema,
  twinOutcomeSchema,
  voiceDesignSchema,
  voicePreviewSchema,
} from '../endpoint/index.ts'
import {
  appErrorDataSchema,
  chapterIdSchema,
  countSchema,
  engineIdSchema,
  grantIdSchema,
  jobIdSchema,
  lineIdSchema,
  memberIdSchema,
  projectIdSchema,
  sampleCountSchema,
  sampleRateSchema,
  takeIdSchema,
  voiceIdSchema,
} from '../kernel/index.ts'
import {
  installedModelIdSchema,
  mirrorChoiceSchema,
  modelInstallSchema,
  modelListingSchema,
  modelPrecisionSchema,
  modelProgressSchema,
} from '../model/index.ts'
import { editHistorySchema, projectEditSchema, projectSnapshotSchema, projectSummarySchema } from '../project/index.ts'
import {
  engineCapabilitiesSchema,
  queueLineSchema,
  renderJobSchema,
  spokenWordSchema,
  takeSchema,
} from '../render/index.ts'
import { scriptFormatSchema, scriptImportOptionsSchema, scriptPreviewSchema } from '../script/index.ts'
import { settingsChangeSchema, settingsSchema } from '../settings/index.ts'
import { newVoiceSchema, recordingReportSchema, voiceSchema, voiceTwinSchema } from '../voice/index.ts'
import { command, defineContract, event, job } from './define-contract.ts'

const nothing = z.undefined()
const done = z.void()

/** A file or folder the person picked; the window sees its name, main remembers its path. */
const grantSchema = z.object({ grantId: grantIdSchema, name: z.string() })

/** Text of a script: a file the person picked, or bytes dropped or pasted into the window. */
export const scriptSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('grant'), grantId: grantIdSchema }),
  z.object({ kind: z.literal('bytes'), name: z.string().max(300), bytes: z.instanceof(Uint8Array) }),
])
export type ScriptSource = z.output<typeof scriptSourceSchema>

/** Which lines a person asks to have rendered. */
export const renderScopeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lines'), lineIds: z.array(lineIdSchema).min(1) }),
  z.object({ kind: z.literal('chapter'), chapterId: chapterIdSchema }),
  z.object({ kind: z.literal('project') }),
])
export type RenderScope = z.output<typeof renderScopeSchema>

const projectInput = z.object({ projectId: projectIdSchema })
const twinInput = z.object({
  voiceId: voiceIdSchema,
  engineId: engineIdSchema,
  /** For DashScope: where a person has put the recording themselves; null: it is uploaded. */
  sampleUrl: dashscopeSampleUrlSchema.nullable(),
  /** For DashScope models that can: noise is taken away first. */
  isCleaned: z.boolean().optional(),
})
const memberProgress = z.object({ doneMembers: countSchema, totalMembers: countSchema })

/** The whole surface between the windows and main, in one table. Adding a feature is adding a row. */
export const appContract = defineContract({
  'app.info': command({
    input: nothing,
    output: z.object({
      version: z.string(),
      platform: z.enum(['darwin', 'linux', 'win32']),
      /** The system's language, BCP 47. */
      systemLanguage: z.string(),
      libraryPath: z.string(),
      /** Wall clock of main, for turning anchors into positions. */
      nowEpochMs: z.number(),
    }),
  }),
  /** An action of the application menu was chosen; the window runs it. */
  'app.action-chosen': event(z.object({ actionId: z.string() })),
  /** The window tells which actions make sense now, for the menu. */
  'app.set-enabled-actions': command({
    input: z.object({ actionIds: z.array(z.string().max(100)).max(500) }),
    output: done,
  }),
  'app.reveal-file': command({ input: z.object({ path: z.string().max(4096) }), output: done }),

  'settings.get': command({ input: nothing, output: settingsSchema }),
  'settings.change': command({ input: settingsChangeSchema, output: settingsSchema }),
  'settings.changed': event(settingsSchema),

  'project.list': command({ input: nothing, output: z.array(projectSummarySchema) }),
  'project.create': command({ input: z.object({ title: z.string().min(1).max(300) }), output: projectInput }),
  /** Adds the sample project, or finds the one that is there. */
  'project.create-sample': command({ input: nothing, output: projectInput }),
  'project.delete': command({ input: projectInput, output: done }),
  'project.open': command({ input: projectInput, output: projectSnapshotSchema }),
  'project.edit': command({
    input: projectInput.extend({
      edit: projectEditSchema,
      /** Catalogue key of what was done, shown as "Undo ...". */
      label: z.string().max(100),
      /** Edits with the same key that follow each other become one undo step (typing in one line). */
      coalesceKey: z.string().max(200).nullable(),
    }),
    output: editHistorySchema,
  }),
  /** Takes the newest edit back; the answer is the edit the window applies to its own copy. */
  'project.undo': command({
    input: projectInput,
    output: z.object({ edit: projectEditSchema, history: editHistorySchema }),
  }),
  'project.redo': command({
    input: projectInput,
    output: z.object({ edit: projectEditSchema, history: editHistorySchema }),
  }),
  'project.changed': event(z.object({ projectIds: z.array(projectIdSchema) })),

  'script.choose': command({ input: nothing, output: grantSchema.extend({ sizeBytes: countSchema }).nullable() }),
  'script.preview': command({
    input: z.object({ source: scriptSourceSchema, options: scriptImportOptionsSchema }),
    output: scriptPreviewSchema,
  }),
  /** Applies an import as one undoable edit: appended to the project's script, or in place of it. */
  'script.apply': command({
    input: projectInput.extend({
      source: scriptSourceSchema,
      options: scriptImportOptionsSchema,
      placing: z.enum(['append', 'replace']),
    }),
    output: projectSnapshotSchema,
  }),
  /** Asks where to, then writes the script as text; null when the person closed the dialog. */
  'script.export': command({
    input: projectInput.extend({ format: scriptFormatSchema }),
    output: z.object({ path: z.string() }).nullable(),
  }),

  'voice.list': command({ input: nothing, output: z.array(voiceSchema) }),
  'voice.changed': event(z.object({ voiceIds: z.array(voiceIdSchema) })),
  /** Asks for a recording of a voice; null when the person closed the dialog. */
  'voice.choose-recording': command({ input: nothing, output: grantSchema.nullable() }),
  /** Listens to a recording and says in numbers what it is like. */
  'voice.inspect-recording': command({ input: z.object({ grantId: grantIdSchema }), output: recordingReportSchema }),
  /** The same, of the recording that a voice of the library has. */
  'voice.inspect': command({ input: z.object({ voiceId: voiceIdSchema }), output: recordingReportSchema }),
  /** Keeps the recording in the library, as the voice that engines speak in the manner of. */
  'voice.create': command({
    input: newVoiceSchema.extend({ grantId: grantIdSchema }),
    output: z.object({ voiceId: voiceIdSchema }),
  }),
  'voice.change': command({ input: newVoiceSchema.extend({ voiceId: voiceIdSchema }), output: done }),
  'voice.delete': command({ input: z.object({ voiceId: voiceIdSchema }), output: done }),

  'engine.list': command({
    input: nothing,
    output: z.object({
      engines: z.array(engineCapabilitiesSchema),
      defaultVoiceId: voiceIdSchema,
      /** Voices of the library as endpoints know them. */
      twins: z.array(voiceTwinSchema),
    }),
  }),
  /** What engines can do changed, e.g. because another model was chosen. */
  'engine.changed': event(z.object({ engineIds: z.array(engineIdSchema) })),
  /** What this computer can compute with, as far as it was tried. */
  'engine.devices': command({
    input: nothing,
    output: z.object({
      providers: z.array(providerFactsSchema).readonly(),
      certificates: z.array(deviceCertificateSchema).readonly(),
      /** Of the model and the settings that are chosen now; null where they were not tried together. */
      trial: deviceTrialSchema.nullable(),
      /** Libraries for CUDA and TensorRT; null where there are none for this system. */
      cuda: cudaOfferSchema.nullable(),
    }),
  }),
  /** Downloads those libraries, or carries on with it. Nothing is taken out of what came before it is known or confirmed. */
  'engine.fetch-cuda': job({
    input: z.object({ acceptedLicence: z.string() }),
    progress: z.object({ doneBytes: z.number(), totalBytes: z.number().nullable() }),
    item: z.never(),
    output: fetchedCudaSchema,
  }),
  'engine.install-cuda': job({
    input: z.object({ sha256: sha256Schema }),
    progress: z.object({ doneBytes: z.number(), totalBytes: z.number() }),
    item: z.never(),
    output: done,
  }),
  /** Also removes what was downloaded and not installed. */
  'engine.remove-cuda': command({ input: nothing, output: done }),
  /** Tries every device there is, or those named: tiny graphs of the models' operators, compared with the processor. */
  'engine.prove-devices': job({
    input: z.object({ providers: z.array(providerSchema).nullable() }),
    progress: z.object({ doneDevices: countSchema, totalDevices: countSchema }),
    item: deviceCertificateSchema,
    output: z.object({ certificates: z.array(deviceCertificateSchema) }),
  }),
  /** Speaks a sentence with the chosen model, as the settings are, and measures it. */
  'engine.try-model': job({
    input: nothing,
    progress: z.object({ fraction: z.number() }),
    item: z.never(),
    output: deviceTrialSchema,
  }),
  'engine.devices-changed': event(z.object({})),

  /** Engines that compute elsewhere. */
  'remote.list': command({
    input: nothing,
    output: z.object({
      engines: z.array(remoteListingSchema),
      /** False: keys would lie in a file as they are. */
      hasVault: z.boolean(),
    }),
  }),
  'remote.save': command({
    input: remoteDraftSchema.extend({ mayKeepKeysInFile: z.boolean() }),
    output: z.object({ engineId: engineIdSchema }),
  }),
  /** Copies of voices stay at the service: so many twins were forgotten. */
  'remote.remove': command({
    input: z.object({ engineId: engineIdSchema }),
    output: z.object({ twinsLeftThere: countSchema }),
  }),
  /** Speaks a sentence at every endpoint, as the form is now, and lists the voices that they have. It may cost something. */
  'remote.test': job({
    input: remoteDraftSchema.extend({
      /** Null: the first that there is. */
      voiceId: voiceIdSchema.nullable(),
    }),
    progress: memberProgress,
    item: memberTrialSchema,
    output: z.object({ trials: z.array(memberTrialSchema) }),
  }),
  /** What was sent and billed. */
  'remote.usage': command({
    input: z.object({ fromEpochMs: z.number(), untilEpochMs: z.number() }),
    output: z.array(spendingSumSchema),
  }),
  /** What rendering would send elsewhere, and cost. */
  'render.estimate': command({
    input: projectInput.extend({ scope: renderScopeSchema }),
    output: z.array(renderEstimateSchema),
  }),
  /** A person allows a project's text or a voice's recording to be sent to an engine. */
  'consent.give': command({
    input: z.object({ subjectId: z.union([projectIdSchema, voiceIdSchema]), engineId: engineIdSchema }),
    output: done,
  }),
  'consent.withdraw': command({ input: z.object({ engineId: engineIdSchema }), output: done }),

  /**
   * Copies a voice to every endpoint of an engine that has no copy yet, and waits until they can be used. Cancelled, it waits
   * no longer: what was made stays. What fails at one endpoint is told, and fails the job where nothing else succeeded.
   */
  'twin.enrol': job({
    input: twinInput,
    progress: memberProgress,
    /** Again whenever something about a twin changes. */
    item: twinOutcomeSchema,
    output: z.object({ outcomes: z.array(twinOutcomeSchema) }),
  }),
  /** Makes the twins of a voice at an engine anew that are out of step with it, or failed. */
  'twin.renew': job({
    input: twinInput,
    progress: memberProgress,
    item: twinOutcomeSchema,
    output: z.object({ outcomes: z.array(twinOutcomeSchema) }),
  }),
  /** Asks every endpoint what voices it has, and how those are that the library knows of. */
  'twin.sync': job({
    input: z.object({ engineId: engineIdSchema }),
    progress: memberProgress,
    item: memberVoicesSchema,
    output: z.object({ members: z.array(memberVoicesSchema) }),
  }),
  /** A person says that a voice of the endpoint is a copy of one of the library. */
  'twin.adopt': command({
    input: z.object({
      voiceId: voiceIdSchema,
      engineId: engineIdSchema,
      memberId: memberIdSchema,
      remoteVoice: voiceTwinSchema.shape.remoteVoice,
    }),
    output: voiceTwinSchema,
  }),
  /** Asks anew for copies and voices that services still work on, where asking failed or was given up. */
  'twin.follow': command({ input: nothing, output: done }),
  /** Removes a voice of an endpoint for good, and forgets whose copy it was. */
  'twin.remove-there': command({
    input: z.object({
      engineId: engineIdSchema,
      memberId: memberIdSchema,
      remoteVoice: voiceTwinSchema.shape.remoteVoice,
    }),
    output: done,
  }),
  'twin.remove': command({
    input: z.object({
      voiceId: voiceIdSchema,
      memberId: memberIdSchema,
      /** Removes the copy at the endpoint too, for good. */
      alsoThere: z.boolean(),
    }),
    output: done,
  }),
  /**
   * Makes a voice from words, which becomes one of the engine's own, and waits until it can be used. Cancelled, it waits no
   * longer: what was made stays, and is asked for.
   */
  'voice.design': job({
    input: voiceDesignSchema.extend({ engineId: engineIdSchema }),
    progress: z.object({ stage: z.enum(['making', 'waiting']) }),
    /** As soon as it can be listened to, where the service sent anything. */
    item: voicePreviewSchema,
    output: z.object({
      voiceId: voiceIdSchema,
      preview: voicePreviewSchema.nullable(),
      /** The service is still working on it, as far as it can be asked: nobody can speak with it until it is done. */
      isPending: z.boolean(),
      warnings: z.array(z.object({ field: z.string(), reason: z.string() })),
    }),
  }),
  /** Removes a voice that was made from words, here and at its endpoint, for good. */
  'voice.discard': command({ input: z.object({ voiceId: voiceIdSchema }), output: done }),

  'model.list': command({ input: nothing, output: modelListingSchema }),
  /** Asks where models are to be kept, for `modelsDirectory` of the settings; null when the person closed the dialog. */
  'model.choose-directory': command({ input: nothing, output: z.object({ directory: z.string() }).nullable() }),
  /** Models came, went or changed, or are kept elsewhere. */
  'model.changed': event(z.object({})),
  'model.install': job({
    input: modelInstallSchema,
    progress: modelProgressSchema,
    item: z.never(),
    output: z.object({ id: installedModelIdSchema }),
  }),
  'model.choose-source': command({
    input: z.object({ kind: z.enum(['folder', 'pack']) }),
    output: grantSchema.nullable(),
  }),
  /** A pack, or the folder of a bundle or a checkpoint, e.g. from another drive. */
  'model.import': job({
    input: z.object({ grantId: grantIdSchema, precision: modelPrecisionSchema }),
    progress: modelProgressSchema,
    item: z.never(),
    output: z.object({ id: installedModelIdSchema }),
  }),
  'model.choose-pack-target': command({
    input: z.object({ id: installedModelIdSchema }),
    output: grantSchema.nullable(),
  }),
  'model.export-pack': job({
    input: z.object({ id: installedModelIdSchema, grantId: grantIdSchema }),
    progress: modelProgressSchema,
    item: z.never(),
    output: z.object({ path: z.string() }),
  }),
  'model.repair': job({
    input: z.object({ id: installedModelIdSchema, mirror: mirrorChoiceSchema }),
    progress: modelProgressSchema,
    item: z.never(),
    output: z.object({ repairedFiles: countSchema }),
  }),
  'model.remove': command({ input: z.object({ id: installedModelIdSchema }), output: done }),
  'model.remove-unfinished': command({ input: nothing, output: z.object({ removedBytes: z.number() }) }),

  'take.list': command({
    input: projectInput.extend({ takeIds: z.array(takeIdSchema).nullable() }),
    output: z.array(takeSchema),
  }),
  /** As its engine told them; none where it told none. */
  'take.words': command({ input: z.object({ takeId: takeIdSchema }), output: z.array(spokenWordSchema) }),
  'take.added': event(z.object({ projectId: projectIdSchema, takeIds: z.array(takeIdSchema) })),
  'take.removed': event(z.object({ projectId: projectIdSchema, takeIds: z.array(takeIdSchema) })),

  /** Puts what is missing or stale into the queue. */
  'render.enqueue': command({
    input: projectInput.extend({ scope: renderScopeSchema }),
    output: z.object({
      jobId: jobIdSchema.nullable(),
      queuedLines: countSchema,
      readyLines: countSchema,
      refused: z.array(z.object({ lineId: lineIdSchema, error: appErrorDataSchema })),
    }),
  }),
  'queue.list': command({
    input: nothing,
    output: z.object({
      isPaused: z.boolean(),
      /** Trouble that every line would meet, e.g. a full disk; null while running, or when the person paused it. */
      pauseReason: appErrorDataSchema.nullable(),
      jobs: z.array(renderJobSchema),
    }),
  }),
  /** State of the lines of a project that are, or lately were, in the queue. */
  'queue.lines': command({ input: projectInput, output: z.array(queueLineSchema) }),
  'queue.cancel': command({ input: z.object({ jobId: jobIdSchema }), output: done }),
  'queue.cancel-lines': command({
    input: projectInput.extend({ lineIds: z.array(lineIdSchema).min(1) }),
    output: done,
  }),
  /** Failed lines of a job go back into the queue. */
  'queue.retry': command({ input: z.object({ jobId: jobIdSchema }), output: done }),
  'queue.set-paused': command({ input: z.object({ isPaused: z.boolean() }), output: done }),
  'queue.clear-finished': command({ input: nothing, output: done }),
  /** Jobs or lines changed state; at most ten times a second. */
  'queue.changed': event(z.object({ projectIds: z.array(projectIdSchema) })),

  'playback.state': command({ input: nothing, output: playbackStateSchema }),
  'playback.changed': event(playbackStateSchema),
  'playback.play': command({
    input: z.object({
      subject: playbackSubjectSchema,
      fromSamples: sampleCountSchema,
      /** Stops there; null plays to the end. */
      untilSamples: sampleCountSchema.nullable(),
    }),
    output: done,
  }),
  'playback.pause': command({ input: nothing, output: done }),
  'playback.seek': command({ input: z.object({ positionSamples: sampleCountSchema }), output: done }),
  'playback.devices': command({ input: nothing, output: z.array(audioDeviceSchema) }),
  /** Web audio plays in the window: main tells it what to play, the window tells where it is. */
  'playback.web-commanded': event(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('play'),
        /** Names this run of sound; every report about it carries it. */
        playId: countSchema,
        /** Relative URL of a WAV that ends where playback is to stop: `mix/<planId>`. */
        url: z.string(),
        fromSec: z.number().nonnegative(),
        /**
         * Where there is a rate, the sound is still being rendered: `mix/<planId>/stream` gives it from `fromSec` on, as
         * interleaved stereo f32, little-endian, whenever there is more.
         */
        streamRateHz: sampleRateSchema.nullable(),
        /** The browser's id of the device; null: the system's own choice. */
        deviceId: z.string().nullable(),
      }),
      z.object({ kind: z.literal('pause') }),
    ]),
  ),
  'playback.web-reported': command({
    input: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('playing'),
        playId: countSchema,
        positionSec: z.number().nonnegative(),
        atEpochMs: z.number(),
        /** The sound stands there until more of it has arrived. */
        isWaiting: z.boolean(),
      }),
      z.object({ kind: z.literal('paused'), playId: countSchema, positionSec: z.number().nonnegative() }),
      z.object({ kind: z.literal('ended'), playId: countSchema }),
      z.object({ kind: z.literal('failed'), playId: countSchema, detail: z.string().max(1000) }),
      z.object({ kind: z.literal('devices'), devices: z.array(z.object({ deviceId: z.string(), name: z.string() })) }),
    ]),
    output: done,
  }),

  'export.choose-folder': command({ input: nothing, output: grantSchema.nullable() }),
  'export.run': job({
    input: projectInput.extend({
      /** null: the folder used last, or the person's music folder. */
      folderGrantId: grantIdSchema.nullable(),
      /** Without extension; each format adds its own. */
      fileName: z.string().min(1).max(200),
      tags: exportTagsSchema,
      formats: z.array(exportSettingsSchema).min(1).max(10),
    }),
    progress: z.object({ doneSamples: sampleCountSchema, totalSamples: sampleCountSchema }),
    item: exportedFileSchema,
    output: z.object({ files: z.array(exportedFileSchema), unrenderedLines: countSchema }),
  }),

  /** What is running, for a window that has just loaded. */
  'job.list': command({
    input: nothing,
    output: z.array(z.object({ jobId: jobIdSchema, channel: z.string(), progress: z.unknown() })),
  }),
})
export type AppContract = typeof appContract
