#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> safety_texts();
std::span<const TextEntry> safety_texts() {
  static constexpr TextEntry table[] = {
      {"safety.backup.absolute", "the folder is to be given from the root on, as in /srv/backup/monday",
       "文件夹须为绝对路径，如 /srv/backup/monday"},
      {"safety.backup.another", "the collector makes another backup now, to {to}",
       "采集端正在向 {to} 做另一备份"},
      {"safety.backup.inside", "the folder is within {dir}, which is to be copied",
       "该文件夹位于要备份的 {dir} 之内"},
      {"safety.backup.keys",
       "It holds the collector's keys (pki/*.key): keep it as safe as the collector itself.",
       "其中含采集端密钥（pki/*.key），请与采集端同等妥善保管。"},
      {"safety.backup.made", "{to}: {files} files, {bytes}", "{to}：{files} 个文件，{bytes}"},
      {"safety.backup.restarted", "the collector was restarted before the backup was whole",
       "备份完成前采集端已重新启动"},
      {"safety.backup.running", "a backup is under way; one at a time", "备份正在进行，同时只能有一个"},
      {"safety.backup.digest", "is not what the backup's list says", "与备份清单不符"},
      {"safety.backup.size", "{found} bytes, {listed} by the backup's list",
       "实际 {found} 字节，备份清单记为 {listed} 字节"},
      {"safety.backup.torn",
       "The journal's last record, {number}, was not whole and is left out: a write that was cut short, or "
       "damage "
       "to it. xunjian db check of the folder names the place.",
       "日志最后一条记录（第 {number} 条）不完整，未纳入备份：写入被中断，或该记录已损坏。可用 xunjian db "
       "check "
       "核对原文件夹查看位置。"},
      {"safety.backup.unseen",
       "the collector says that the backup is whole, but {to} as seen from here does not hold it: the "
       "collector "
       "sees another folder of that name",
       "采集端报告备份已完成，但此处的 {to} 中没有该备份：采集端看到的是另一个同名文件夹"},
      {"safety.check.found", "{count} findings", "发现 {count} 处问题"},
      {"safety.check.listed", "Every file was held against the list of the backup.",
       "各文件均已与备份清单核对。"},
      {"safety.check.sound", "everything is sound", "全部完好"},
      {"safety.check.summary",
       "{dir}: {records} journal records, {files} history files with {values} values, {cases} cases, "
       "{events} events, {documents} documents read and proven",
       "{dir}：已读取并核对日志记录 {records} 条、历史文件 {files} 个（{values} 个数值）、事件 {cases} 个、"
       "事件记录 {events} 条、文档 {documents} 份"},
      {"safety.check.unlisted",
       "No file was held against the list of a backup (backup.json): where there should be one, the backup "
       "was "
       "not finished.",
       "未与备份清单（backup.json）核对：若此处本应是备份，则该备份未完成。"},
      {"safety.check.unsealed",
       "state.db is not sealed: of agents, notifications and counters a flipped bit is only seen where "
       "SQLite "
       "itself stumbles over it. A collector that stops in good order seals it.",
       "state.db 未封存：其中代理、通知与计数的位翻转，只有 SQLite 自身能察觉的才会发现。采集端正常停止时会"
       "封存。"},
      {"safety.col.at", "AT", "位置"},
      {"safety.col.file", "FILE", "文件"},
      {"safety.col.holds", "HOLDS", "内容"},
      {"safety.col.lag", "BEHIND", "落后"},
      {"safety.col.mend", "WHAT TO DO", "处理办法"},
      {"safety.col.part", "PART", "部分"},
      {"safety.col.position", "RECORD", "记录号"},
      {"safety.col.size", "SIZE", "大小"},
      {"safety.col.what", "WHAT", "问题"},
      {"safety.held", "{by} holds {dir}", "{dir} 正由 {by} 使用"},
      {"safety.help.backup", "copy the collector's folder while it runs, whole or not at all",
       "在采集端运行时完整备份其数据文件夹"},
      {"safety.help.check", "prove every byte of a stopped collector's folder or of a backup (offline)",
       "逐字节核对已停止采集端的数据文件夹或备份（离线）"},
      {"safety.help.restore", "a backup into an empty folder, and prove it there (offline)",
       "将备份恢复到空文件夹并核对（离线）"},
      {"safety.help.status", "sizes, counts and positions of the collector's folder",
       "采集端数据文件夹的大小、数量与进度"},
      {"safety.history.figure", "{what}: {manifest} by the manifest, {found} in the file",
       "{what}：清单记为 {manifest}，文件中为 {found}"},
      {"safety.history.manifest", "not as it was written", "与写入时不一致"},
      {"safety.history.missing", "is missing", "缺失"},
      {"safety.journal.foreign", "a segment of another log: it is not read", "属于另一日志的段，不会读取"},
      {"safety.journal.header", "the segment's header is damaged", "段头损坏"},
      {"safety.journal.payload", "record {number} cannot be read: {detail}",
       "第 {number} 条记录无法读取：{detail}"},
      {"safety.journal.record", "record {number} is damaged; {missing} records are lost",
       "第 {number} 条记录损坏，共丢失 {missing} 条记录"},
      {"safety.journal.tail",
       "the last record, {number}, is not whole: a write that was cut short, or damage to the last record",
       "最后一条记录（第 {number} 条）不完整：写入被中断，或该记录已损坏"},
      {"safety.mend.folder", "Give the collector's folder: {option} DIR",
       "请用 {option} 指明采集端数据文件夹"},
      {"safety.mend.half", "Remove all that is in it and run xunjian db restore again.",
       "请清空该文件夹后重新执行 xunjian db restore。"},
      {"safety.mend.held", "Stop it first, or check a backup.", "请先停止该程序，或核对备份。"},
      {"safety.mend.itself", "Nothing is lost: a start mends it.", "没有数据丢失，启动时会自动修复。"},
      {"safety.mend.older",
       "Run the program that wrote it, or start this one once: a start brings the database up to date.",
       "请使用写入它的程序，或先启动一次本版本采集端：启动时会自动升级数据库。"},
      {"safety.mend.other_backup", "Take another backup; do not restore this one.",
       "请另做备份，勿用此备份恢复。"},
      {"safety.mend.restore", "Restore the folder from a backup.", "请从备份恢复整个文件夹。"},
      {"safety.mend.seal",
       "A collector that starts and stops in good order makes another; state.db itself may be whole.",
       "采集端正常启动并停止一次会重新生成；state.db 本身可能完好。"},
      {"safety.mend.tail",
       "After a power cut: start the collector; agents send what was not acknowledged again. Else restore "
       "the "
       "folder from a backup.",
       "若曾断电：启动采集端即可，未确认的数据代理会重发；否则请从备份恢复整个文件夹。"},
      {"safety.mend.unseen",
       "The collector's unit has a /tmp and a /home of its own. Remove what it wrote there, and name a "
       "folder below "
       "/var/lib/xunjian-backup, or one that ReadWritePaths= in a drop-in of the unit names.",
       "采集端服务使用自己的 /tmp 与 /home。请删除其中已写入的内容，改用 /var/lib/xunjian-backup "
       "之下的文件夹，或在服务的 "
       "drop-in 中以 ReadWritePaths= 指明的文件夹。"},
      {"safety.mend.wal",
       "After a power cut: start the collector and stop it, then check again. Else restore the folder from a "
       "backup: what was written behind this place is not read.",
       "若曾断电：启动并停止采集端后再核对；否则请从备份恢复整个文件夹，此处之后写入的内容不会被读取。"},
      {"safety.no_folder", "{dir} is no collector's folder", "{dir} 不是采集端数据文件夹"},
      {"safety.opt.backup_dir", "copy the folder of a collector that is stopped, without asking it",
       "直接备份已停止采集端的数据文件夹"},
      {"safety.opt.backup_to", "where to: a folder that is absent or empty (required)",
       "目标文件夹，须不存在或为空（必填）"},
      {"safety.opt.config", "whose folder and holidays (default: /etc/xunjian/collector.yaml)",
       "取其数据文件夹与节假日（默认 /etc/xunjian/collector.yaml）"},
      {"safety.opt.dir", "the folder, or a backup", "数据文件夹或备份"},
      {"safety.opt.restore_config", "whose holidays to prove with (default: this machine's)",
       "核对时取其节假日（默认本机的）"},
      {"safety.opt.restore_from", "the backup (required)", "备份所在文件夹（必填）"},
      {"safety.opt.restore_to", "where to: a folder that is absent or empty (required)",
       "目标文件夹，须不存在或为空（必填）"},
      {"safety.restore.half", "a restore into this folder was not finished: it holds a part of a backup",
       "此文件夹的恢复未完成，只含备份的一部分"},
      {"safety.restore.made", "{to}: {files} files, {bytes}, from the backup of {made}",
       "{to}：已恢复 {made} 的备份，{files} 个文件，{bytes}"},
      {"safety.state.different", "stored: {stored}; follows from the events: {rebuilt}",
       "存储值：{stored}；由事件记录推得：{rebuilt}"},
      {"safety.state.missing", "is missing", "缺失"},
      {"safety.state.more", "{count} more of its kind", "同类问题另有 {count} 处"},
      {"safety.state.not_ours", "is no database of a collector", "不是采集端的数据库"},
      {"safety.state.older",
       "state.db is at version {found}, this program needs {needed}: its cases are not proven.",
       "state.db 版本为 {found}，本程序需要 {needed}：事件未核对。"},
      {"safety.state.reference", "names a row of {to} that is not there", "引用的 {to} 行不存在"},
      {"safety.state.revision", "its name is not the hash of its content", "名称与内容的哈希不符"},
      {"safety.state.schema", "not as the migrations made it", "与升级步骤生成的结构不一致"},
      {"safety.state.seal", "these 4 KiB are not as they were sealed when the collector stopped",
       "此处 4 KiB 与采集端停止时封存的内容不一致"},
      {"safety.status.history",
       "{values} values in {files} files of {days} days, {oldest} to {newest}; {each} bytes a value",
       "{values} 个数值，{files} 个文件，{days} 天（{oldest} 至 {newest}），每个数值 {each} 字节"},
      {"safety.status.journal", "{records} records", "{records} 条记录"},
      {"safety.status.nobody", "nobody", "无"},
      {"safety.status.rest", "{dir}: held by {holder}; {waiting} notifications wait; {free} free on its disk",
       "{dir}：使用者 {holder}；待发通知 {waiting} 条；所在磁盘可用 {free}"},
      {"safety.wal.frame", "a frame of the write-ahead log does not check", "预写日志中有一帧校验不符"},
      {"safety.wal.head", "the head of the write-ahead log is damaged", "预写日志头部损坏"},
  };
  return table;
}

}  // namespace xj::texts
