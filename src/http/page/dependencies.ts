import type { Settings } from "../../config/settings.ts";
import type { Logger } from "../../log.ts";
import type { OpenedProviders } from "../../providers/registry.ts";
import type { ImageService, InputAccess } from "../../service/image_service.ts";
import type { Library } from "../../service/library.ts";
import type { ImageRepository } from "../../storage/image_repository.ts";
import type { Previews } from "../../storage/previews.ts";

/** What the page's data is made of. */
export interface PageDependencies {
  readonly version: string;
  readonly imageService: ImageService;
  readonly images: ImageRepository;
  readonly previews: Previews;
  readonly library: Library;
  readonly log: Logger;
  readonly settings: () => Settings;
  readonly providers: () => OpenedProviders;
  readonly imageUrl: (fileName: string) => string | null;
  readonly showsLocalPath: () => boolean;
  readonly inputAccess: () => InputAccess;
}
