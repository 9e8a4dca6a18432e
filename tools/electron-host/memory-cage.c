// LD_AUDIT library that makes Node refuse external buffers, as Electron's V8 memory cage does, so that native modules
// can be tried under that rule without Electron. Overriding by LD_PRELOAD cannot work: Node exports these functions
// from its executable.
//   gcc -shared -fPIC -o memory-cage.so memory-cage.c && LD_AUDIT=$PWD/memory-cage.so node script.ts
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// napi_no_external_buffers_allowed in js_native_api_types.h
enum { NO_EXTERNAL_BUFFERS_ALLOWED = 22 };

static int refuse(void *env, size_t size_bytes, void *data, void *finalize, void *hint, void **result) {
  (void)env, (void)data, (void)finalize, (void)hint, (void)result;
  if (getenv("COSY_HOST_CAGE_TRACE")) fprintf(stderr, "external buffer of %zu bytes refused\n", size_bytes);
  return NO_EXTERNAL_BUFFERS_ALLOWED;
}

unsigned la_version(unsigned version) {
  (void)version;
  return LAV_CURRENT;
}

unsigned la_objopen(struct link_map *map, Lmid_t list, uintptr_t *cookie) {
  (void)map, (void)list, (void)cookie;
  return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to, unsigned *flags,
                       const char *name) {
  (void)index, (void)from, (void)to, (void)flags;
  if (strcmp(name, "napi_create_external_buffer") == 0 || strcmp(name, "napi_create_external_arraybuffer") == 0)
    return (uintptr_t)refuse;
  return symbol->st_value;
}
